import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Inventory } from '@plimsoll/contracts';
import { paxHeader, rawTar } from '@plimsoll/testkit';
import type { Analyzer } from '../analyzers/analyzer.ts';
import { analyzers, binaryAnalyzers } from '../analyzers/index.ts';
import { openProgram } from '../analyzers/programs/program-reader.ts';
import { fixtures, programFixtures } from '../analyzers/testing-fixtures.ts';
import { buildInventory } from '../inventory/build-inventory.ts';
import type { PackageFact } from '../layers/layer-facts.ts';
import { decodeLayerFacts, encodeLayerFacts } from '../layers/layer-codec.ts';
import { LayerError } from '../layers/layer-error.ts';
import { readPaxRecords } from '../layers/pax-records.ts';
import { readLayer } from '../layers/read-layer.ts';
import { TarWalker } from '../layers/tar-walker.ts';
import { defaultLayerLimits, maxPathLength } from '../limits.ts';
import { followLinks } from '../merge/follow-links.ts';
import { mergeLayers } from '../merge/merge-layers.ts';
import { ScannerError } from '../scanner-error.ts';
import { dockerArchive } from '../sources/docker-archive.ts';
import type { ImageFiles } from '../sources/image-files.ts';
import { ociLayout } from '../sources/oci-layout.ts';
import { contentsTargets } from './testing-contents.ts';
import type { FuzzTarget } from './testing-fuzz.ts';

const { signal } = new AbortController();
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** For tests: every parser of bytes that come from an image. */
export function fuzzTargets(): FuzzTarget[] {
  return [
    ...analyzers.map(analyzerTarget),
    programs,
    tar,
    pax,
    layer('plain', 4),
    layer('gzip', 1),
    layer('zstd', 1),
    cached,
    config,
    layout,
    archive,
    ...contentsTargets,
  ];
}

const programSeeds = Object.values(programFixtures).flatMap(({ reads }) =>
  Object.entries(reads).map(([path, bytes]) => ({ path, bytes })),
);

/** Programs are read by all analyzers at once, as they stream by. */
const programs: FuzzTarget = {
  id: 'analyzers of programs',
  weight: 20,
  seeds: programSeeds.map(({ bytes }) => bytes),
  run(bytes, original) {
    const { path } = programSeeds.find((seed) => seed.bytes === original)!;
    const reader = openProgram(path, Number.MAX_SAFE_INTEGER, binaryAnalyzers)!;
    for (let at = 0, isOpen = true; isOpen && at < bytes.length; at += 300) {
      isOpen = reader.write(bytes.subarray(at, at + 300));
    }
    const { packages = [] } = reader.end();
    packages.forEach(checkPackage);
    return packages.length > 0;
  },
};

function analyzerTarget(analyzer: Analyzer): FuzzTarget {
  const reads = Object.entries(fixtures[analyzer.id]?.reads ?? {});
  const pathOf = new Map(reads.map(([path, bytes]) => [bytes, path]));
  return {
    id: `analyzer ${analyzer.id}`,
    weight: 10,
    seeds: reads.map(([, bytes]) => bytes),
    run(bytes, original) {
      const path = pathOf.get(original)!;
      try {
        const facts = analyzer.read({ path, bytes, proves: (one) => one.endsWith('.json'), warn() {} });
        facts.packages?.forEach(checkPackage);
        return Object.values(facts).some((fact) => !Array.isArray(fact) || fact.length > 0);
      } catch (error) {
        // A file that is not what it should be may throw anything, but must not exhaust the stack.
        if (error instanceof RangeError || error instanceof ConditionError) throw error;
        return false;
      }
    },
  };
}

function checkPackage({ name, version }: PackageFact): void {
  if (!/^\S{1,512}$/.test(name) || !/^\S{1,512}$/.test(version)) {
    throw new ConditionError(`no package: ${name} ${version}`);
  }
}

class ConditionError extends Error {}

const tarSeeds = [
  rawTar([
    { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' },
    { name: 'var/lib/dpkg/', kind: '5' },
    { name: 'usr/lib/x', kind: '2', linkName: '../../etc/os-release' },
    { name: 'hard', kind: '1', linkName: 'etc/os-release' },
    { name: 'app/.wh.node_modules' },
    { name: 'opt/.wh..wh..opq' },
  ]),
  rawTar([
    paxHeader({ path: `long/${'p'.repeat(200)}`, size: '3', linkpath: 'x' }),
    { name: 'short', body: 'abc' },
    { name: '././@LongLink', kind: 'L', body: `gnu/${'l'.repeat(150)}\0` },
    { name: 'gnu', body: 'defg', magic: 'ustar  ' },
    { name: 'name', prefix: 'some/prefix' },
    { name: 'base256', size: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) },
    { name: 'sparse', kind: 'S' },
  ]),
  ...analyzers.map(({ id }) =>
    rawTar(
      Object.entries(fixtures[id]?.reads ?? {}).flatMap(([name, body]) => [
        paxHeader({ path: name }),
        { name: 'x', body },
      ]),
    ),
  ),
];

/** Writes the right checksum into every block that looks like a header. */
function repairTar(bytes: Buffer): Buffer {
  for (let offset = 0; offset + 512 <= bytes.length; offset += 512) {
    const block = bytes.subarray(offset, offset + 512);
    if (!block.toString('latin1', 257, 262).startsWith('ustar')) continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return bytes;
}

/** Entries and bodies in order; the same whatever the pieces that the bytes come in. */
function walk(bytes: Buffer, pieceBytes: number): string[] {
  const seen: string[] = [];
  const walker = new TarWalker({
    entry({ path, type, sizeBytes, bodyOffset }) {
      if (path.length <= maxPathLength && /^\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(path))
        throw new Error(`path ${path}`);
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new Error(`size ${sizeBytes}`);
      seen.push(`${type} ${path} ${sizeBytes} ${bodyOffset}`);
      return sizeBytes < 1_000_000;
    },
    body: ({ path }, body) => void seen.push(`${path}: ${digestOf(body)}`),
  });
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) walker.write(bytes.subarray(at, at + pieceBytes));
    walker.end();
    seen.push('end');
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    seen.push(error.code);
  }
  return seen;
}

const tar: FuzzTarget = {
  id: 'tar',
  weight: 10,
  seeds: tarSeeds,
  repair: repairTar,
  run(bytes) {
    const whole = walk(bytes, Math.max(1, bytes.length));
    const inPieces = walk(bytes, 700);
    if (whole.join('\n') !== inPieces.join('\n')) throw new Error('other entries when read in pieces');
    return whole.at(-1) === 'end';
  },
};

const pax: FuzzTarget = {
  id: 'pax records',
  weight: 10,
  seeds: [
    Buffer.from(String(paxHeader({ path: 'a/ü', size: '12', linkpath: 'b', 'GNU.sparse.name': 'c' }).body)),
    Buffer.from(String(paxHeader({ mtime: '1.5', 'SCHILY.xattr.user.x': '\u0001\n' }).body)),
  ],
  run(bytes) {
    try {
      readPaxRecords(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
      return false;
    }
  },
};

/** A whole layer, from its stored bytes to an inventory that the contract accepts. */
function layer(compression: 'plain' | 'gzip' | 'zstd', weight: number): FuzzTarget {
  const compress = { plain: (bytes: Buffer) => bytes, gzip: gzipSync, zstd: zstdCompressSync }[compression];
  return {
    id: `layer ${compression}`,
    weight,
    seeds: tarSeeds.map((bytes) => Buffer.from(compress(bytes))),
    ...(compression === 'plain' && { repair: repairTar }),
    async run(bytes) {
      const limits = { ...defaultLayerLimits, plainBytes: 10_000_000, factsBytes: 1_000_000 };
      const pieces = (async function* () {
        yield bytes.subarray(0, 3);
        yield await Promise.resolve(bytes.subarray(3));
      })();
      const facts = await readLayer(pieces, { sizeBytes: bytes.length, limits, linked: [] });
      const tree = await mergeLayers([facts, facts], signal);
      const deadLinks = followLinks(tree, analyzers).linked.map(({ as }) => as);
      const described = { digest: digestOf(bytes), mediaType: 'layer', sizeBytes: bytes.length };
      const inventory = buildInventory(
        { digest: described.digest, platform: 'linux/amd64', config: {}, layers: [described, described] },
        { layers: [facts, facts], tree, deadLinks },
      );
      Inventory.parse({ ...inventory, cost });
      return facts.warnings.length === 0;
    },
  };
}

const cached: FuzzTarget = {
  id: 'cached facts',
  weight: 1,
  seeds: await Promise.all(
    tarSeeds.slice(0, 4).map(async (bytes) => {
      const pieces = (async function* () {
        yield await Promise.resolve(bytes);
      })();
      const task = { sizeBytes: bytes.length, limits: defaultLayerLimits, linked: [] };
      return Buffer.from(await encodeLayerFacts(await readLayer(pieces, task)));
    }),
  ),
  run: async (bytes) => (await decodeLayerFacts(bytes)) !== undefined,
};

const imageConfig = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-01T00:00:00Z',
  config: {
    User: 'a',
    Env: ['A=B'],
    Entrypoint: ['/x'],
    Cmd: ['y'],
    ExposedPorts: { '80/tcp': {} },
    Labels: { a: 'b' },
  },
  rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('layer'))] },
  history: [{ created_by: 'ADD x' }, { created_by: 'ENV y', empty_layer: true }],
};

const config: FuzzTarget = {
  id: 'image config',
  weight: 4,
  seeds: [json(imageConfig)],
  async run(bytes) {
    const document = parsed(bytes);
    if (document === undefined) return false;
    const blob = { digest: digestOf(bytes), mediaType: 'layer', sizeBytes: 1 };
    const image = { digest: digestOf(bytes), platform: 'linux/amd64', config: document, layers: [blob] };
    const tree = await mergeLayers([], signal);
    Inventory.parse({ ...buildInventory(image, { layers: [], tree, deadLinks: [] }), cost });
    return true;
  },
};

const cost = { durationMs: 0, bytesPulled: 0, layersRead: 0, layersFromCache: 0 };

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function inMemory(files: Readonly<Record<string, Buffer>>): ImageFiles {
  return {
    size: (path) => Promise.resolve(Object.hasOwn(files, path) ? files[path]?.length : undefined),
    async *open(path) {
      yield await Promise.resolve(files[path] ?? Buffer.alloc(0));
    },
  };
}

async function describes(describe: () => Promise<unknown>): Promise<boolean> {
  try {
    await describe();
    return true;
  } catch (error) {
    if (!(error instanceof ScannerError)) throw error;
    return false;
  }
}

const blob = (bytes: Buffer) => ({ mediaType: 'application/x', digest: digestOf(bytes), size: bytes.length });
const place = (bytes: Buffer) => ({ [`blobs/${digestOf(bytes).replace(':', '/')}`]: bytes });
const manifest = json({
  schemaVersion: 2,
  config: blob(json(imageConfig)),
  layers: [blob(Buffer.from('layer'))],
  annotations: { a: 'b' },
});
const index = json({
  schemaVersion: 2,
  manifests: [{ ...blob(manifest), platform: { os: 'linux', architecture: 'amd64' }, annotations: {} }],
});

/** Every document of an OCI layout in turn, named by its right digest in the one above it. */
const layout: FuzzTarget = {
  id: 'OCI layout',
  weight: 2,
  seeds: [index, manifest, json(imageConfig)],
  run(bytes) {
    const asManifest = json({ manifests: [blob(bytes)] });
    const withConfig = json({ config: blob(bytes), layers: [] });
    const asConfig = json({ manifests: [blob(withConfig)] });
    const describe = async (top: Buffer) =>
      describes(() =>
        ociLayout(
          inMemory({
            'index.json': top,
            ...place(bytes),
            ...place(manifest),
            ...place(withConfig),
            ...place(json(imageConfig)),
          }),
          {},
        ).describe(signal),
      );
    return Promise.all([bytes, asManifest, asConfig].map(describe)).then((all) => all.includes(true));
  },
};

const archive: FuzzTarget = {
  id: 'docker archive',
  weight: 2,
  seeds: [json([{ Config: 'c.json', RepoTags: ['a:1'], Layers: ['l.tar'] }]), json(imageConfig)],
  async run(bytes) {
    const layers = { 'l.tar': Buffer.from('layer') };
    const asManifest = { 'manifest.json': bytes, 'c.json': json(imageConfig), ...layers };
    const asConfig = {
      'manifest.json': json([{ Config: 'c.json', Layers: ['l.tar'] }]),
      'c.json': bytes,
      ...layers,
    };
    const describe = (files: Record<string, Buffer>) =>
      describes(() => dockerArchive(inMemory(files), {}).describe(signal));
    return (await describe(asManifest)) || (await describe(asConfig));
  },
};
