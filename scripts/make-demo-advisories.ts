// Rebuilds packages/testkit/data/advisories from a folder in the layout of the OSV dumps:
//   node scripts/make-demo-advisories.ts <folder>
// Records are taken whole and unchanged; only which ones are taken is decided here. See the README beside the data.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itemsOf, openFeed } from '@plimsoll/advisories';
import type { AdvisoryPackage } from '@plimsoll/contracts';
import { makeZip, type ArchiveFile } from '@plimsoll/testkit';

const testkitData = join(import.meta.dirname, '../packages/testkit/data');

/** Source packages that people are likely to add to a Debian 12 image, beside those of the demo images. */
const commonSources = [
  'apache2',
  'ca-certificates',
  'git',
  'gnupg2',
  'krb5',
  'libssh2',
  'libxml2',
  'nghttp2',
  'openldap',
  'openssh',
  'postgresql-15',
  'redis',
  'sqlite3',
  'wget',
];

const debianSources = new Set([...commonSources, ...sourcesOfDemoImages()]);
const alpineReleases = new Set(['Alpine:v3.18', 'Alpine:v3.19', 'Alpine:v3.20']);

type Choice = (
  pkg: AdvisoryPackage,
  record: { affected: { database_specific?: { repository?: string } }[] },
) => boolean;

/** Which records of a folder are taken: those with a package that the choice is true for. */
const choices: Readonly<Record<string, Choice>> = {
  Alpine: ({ ecosystem }, { affected }) =>
    alpineReleases.has(ecosystem) && affected.some((entry) => entry.database_specific?.repository === 'main'),
  Debian: ({ ecosystem, name }) => ecosystem === 'Debian:12' && debianSources.has(name),
  npm: () => true,
};

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/make-demo-advisories.ts <folder with ECOSYSTEM/all.zip>');

for (const part of await openFeed(folder, { ecosystems: Object.keys(choices) })) {
  const files: ArchiveFile[] = [];
  for await (const item of itemsOf(part)) {
    if (!('advisory' in item)) continue;
    const { advisory, document } = item;
    const record = JSON.parse(Buffer.from(document).toString('utf8'));
    const isChosen = advisory.affected.some((pkg) => choices[part.ecosystem]?.(pkg, record));
    if (isChosen) files.push({ name: `${advisory.id}.json`, bytes: document });
  }
  const zip = makeZip(files.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  const target = join(testkitData, 'advisories', part.ecosystem);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'all.zip'), zip);
  process.stdout.write(`${part.ecosystem}: ${files.length} records, ${zip.length} bytes\n`);
}

/** The source packages in the dpkg databases of the demo images' layers. */
function sourcesOfDemoImages(): string[] {
  const layers = join(testkitData, 'demo-images/layers');
  return readdirSync(layers).flatMap((name) => {
    const { files = {} }: { files?: Record<string, unknown> } = JSON.parse(
      readFileSync(join(layers, name), 'utf8'),
    );
    const status = files['var/lib/dpkg/status'];
    if (!Array.isArray(status)) return [];
    return status.flatMap((line) => /^(?:Package|Source): ([^ ]+)/.exec(String(line))?.[1] ?? []);
  });
}
