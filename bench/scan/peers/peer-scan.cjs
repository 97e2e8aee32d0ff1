// One scan by the packages that the original agent is made of, as a process of its own, run in the folder where they
// are installed: `node peer-scan.cjs HOST:PORT REPOSITORY REFERENCE`. Prints a PeerFigures line.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const load = createRequire(join(process.cwd(), 'package.json'));
const { DockerPull } = load('@snyk/snyk-docker-pull');
const plugin = load('snyk-docker-plugin');
const [host, repository, reference] = process.argv.slice(2);

const acceptManifest = ['image.manifest', 'image.index']
  .map((kind) => `application/vnd.oci.${kind}.v1+json`)
  .join(',');

async function main() {
  const pulled = await new DockerPull().pull(host, repository, reference, {
    loadImage: false,
    reqOptions: { protocol: 'http', acceptManifest },
  });
  const archive = join(pulled.stagingDir.name, 'image.tar');
  const result = await plugin.scan({ path: `oci-archive:${archive}`, 'nested-jars-depth': '4' });
  pulled.stagingDir.removeCallback();
  const packages = new Set();
  for (const { identity, facts } of result.scanResults) {
    for (const { type, data } of facts) {
      if (type === 'depGraph') addGraph(packages, identity.type, data);
      if (type === 'jarFingerprints') data.fingerprints.forEach((print) => addJar(packages, print));
    }
  }
  const io = readFileSync('/proc/self/io', 'utf8');
  console.log(
    JSON.stringify({
      packages: [...packages],
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      writtenBytes: Number(/^write_bytes: (\d+)/m.exec(io)?.[1]),
    }),
  );
}

function addGraph(packages, kind, graph) {
  const root = graph.rootPkg.name;
  for (const { name, version } of graph.getPkgs()) {
    if (name !== root && version) packages.add(`${kind} ${name}@${version}`);
  }
}

function addJar(packages, { groupId, artifactId, version, dependencies = [] }) {
  if (groupId && artifactId && version) packages.add(`maven ${groupId}:${artifactId}@${version}`);
  dependencies.forEach((dependency) => addJar(packages, dependency));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
