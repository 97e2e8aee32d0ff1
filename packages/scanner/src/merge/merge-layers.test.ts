import { rawTar, type RawTarEntry } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { analyzers } from '../analyzers/index.ts';
import { fixture } from '../analyzers/testing-read.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import { readLayer } from '../layers/read-layer.ts';
import { defaultLayerLimits } from '../limits.ts';
import { mergeLayers } from './merge-layers.ts';

const { signal } = new AbortController();

async function read(entries: readonly RawTarEntry[]): Promise<LayerFacts> {
  const tar = rawTar(entries);
  const chunks = async function* () {
    yield tar;
  };
  const task = { sizeBytes: tar.length, limits: defaultLayerLimits, linked: [] };
  const facts = await readLayer(chunks(), task);
  return facts.missedTargets.length > 0
    ? readLayer(chunks(), { ...task, linked: facts.missedTargets })
    : facts;
}

/** What the layers say in the end, as `path name@version since layer`, `since` and `layer` counted from 0. */
async function merged(...layers: RawTarEntry[][]): Promise<string[]> {
  const tree = await mergeLayers(await Promise.all(layers.map(read)), signal);
  return [...tree.entries()]
    .flatMap(([path, { facts, since, layer }]) =>
      (facts.packages ?? []).map(
        ({ name, version }, index) => `${path} ${name}@${version} since ${since[index]} in ${layer}`,
      ),
    )
    .sort();
}

const file = (name: string, body = ''): RawTarEntry => ({ name, body });
const folder = (name: string): RawTarEntry => ({ name: `${name}/`, kind: '5' });
const manifest = (name: string, version: string) => JSON.stringify({ name, version });
const dpkgStatus = (...packages: string[]) =>
  file(
    'var/lib/dpkg/status',
    packages
      .map((text) => text.split('@'))
      .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`)
      .join('\n'),
  );

it('keeps a package at the layer that brought its version, however often the database is written', async () => {
  expect(
    await merged(
      [dpkgStatus('bash@5.2', 'curl@7.88-1')],
      [dpkgStatus('bash@5.2', 'curl@7.88-2')],
      [dpkgStatus('bash@5.2', 'curl@7.88-2', 'vim@9')],
    ),
  ).toEqual([
    'var/lib/dpkg/status bash@5.2 since 0 in 2',
    'var/lib/dpkg/status curl@7.88-2 since 1 in 2',
    'var/lib/dpkg/status vim@9 since 2 in 2',
  ]);
});

it('takes a package that was away for a while as brought anew', async () => {
  expect(await merged([dpkgStatus('a@1')], [dpkgStatus()], [dpkgStatus('a@1')])).toEqual([
    'var/lib/dpkg/status a@1 since 2 in 2',
  ]);
});

it('removes what a whiteout names, with all below it, from lower layers only', async () => {
  const a = 'app/node_modules/a/package.json';
  const b = 'app/node_modules/b/package.json';

  expect(
    await merged(
      [file(a, manifest('a', '1')), file(b, manifest('b', '1'))],
      [file('app/node_modules/.wh.a'), file('app/node_modules/.wh.b'), file(b, manifest('b', '2'))],
    ),
  ).toEqual([`${b} b@2 since 1 in 1`]);
});

it('keeps files whose names only contain .wh.', async () => {
  const path = 'node_modules/what.wh.at/package.json';

  expect(await merged([file(path, manifest('which', '2'))], [file('node_modules/x.wh.y')])).toHaveLength(1);
});

it.each([['.wh.'], ['.wh..'], ['.wh...'], ['.wh..wh.plnk'], ['.wh..wh.aufs']])(
  'lets a file called %s remove nothing',
  async (name) => {
    const path = 'app/node_modules/a/package.json';

    expect(await merged([file(path, manifest('a', '1'))], [file(`app/${name}`), file(name)])).toHaveLength(1);
  },
);

it('hides the content of lower layers in an opaque folder, but not its own, in any order', async () => {
  const [a, b] = ['app/node_modules/a/package.json', 'app/node_modules/b/package.json'];

  expect(
    await merged([file(a, manifest('a', '1'))], [file(b, manifest('b', '1')), file('app/.wh..wh..opq')]),
  ).toEqual([`${b} b@1 since 1 in 1`]);
});

it.each([
  ['a file', file('app')],
  ['a symbolic link', { name: 'app', kind: '2', linkName: 'other' }],
  ['a hard link', { name: 'app', kind: '1', linkName: 'other' }],
  ['a device', { name: 'app', kind: '3' }],
])('removes what was below a folder that %s replaces', async (_name, replacement) => {
  const lower = file('app/node_modules/a/package.json', manifest('a', '1'));

  expect(await merged([lower], [replacement])).toEqual([]);
  // Also within one layer, where the later entry wins.
  expect(await merged([lower, replacement])).toEqual([]);
});

it('removes a file that a folder replaces, and keeps the content of a folder that is named again', async () => {
  const path = 'node_modules/a/package.json';

  expect(await merged([file(path, manifest('a', '1'))], [folder(path)])).toEqual([]);
  expect(await merged([file(path, manifest('a', '1'))], [folder('node_modules/a')])).toHaveLength(1);
});

it('lets a later entry of a path replace an earlier one of the same layer', async () => {
  const path = 'node_modules/a/package.json';

  expect(await merged([file(path, manifest('a', '1')), file(path, manifest('a', '2'))])).toEqual([
    `${path} a@2 since 0 in 0`,
  ]);
});

it('reads a hard link as the file it is a link to, also outside the known places', async () => {
  const link = { name: 'node_modules/b/package.json', kind: '1', linkName: './node_modules/a/package.json' };
  const fromStore = { name: 'node_modules/c/package.json', kind: '1', linkName: 'store/00ff' };

  expect(
    await merged([
      file('store/00ff', manifest('c', '3')),
      file('node_modules/a/package.json', manifest('a', '1')),
      link,
      fromStore,
    ]),
  ).toEqual([
    'node_modules/a/package.json a@1 since 0 in 0',
    'node_modules/b/package.json a@1 since 0 in 0',
    'node_modules/c/package.json c@3 since 0 in 0',
    'store/00ff c@3 since 0 in 0',
  ]);
});

// The property: merging the facts of layers tells what analyzing the flattened file system tells.

type Change =
  | { kind: 'file' | 'folder' | 'symlink' | 'whiteout' | 'opaque'; path: string; content: string }
  | { kind: 'link'; path: string; target: string };

const paths = [
  'app',
  'app/node_modules',
  'app/node_modules/a',
  'app/node_modules/a/package.json',
  'app/node_modules/a/lib',
  'app/node_modules/a/node_modules/b/package.json',
  'app/node_modules/a/node_modules',
  'app/package-lock.json',
  'lib/apk/db/installed',
  'lib/apk',
  'store/x',
];

const change = fc.record({
  kind: fc.constantFrom('file', 'file', 'file', 'folder', 'symlink', 'whiteout', 'opaque', 'link'),
  path: fc.constantFrom(...paths),
  target: fc.constantFrom(...paths),
  content: fc.constantFrom('1', '2', '3').map((version) => manifest('a', version)),
}) as fc.Arbitrary<Change>;

it('tells of layers what analyzing their flattened file system tells', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 4 }), async (generated) => {
      const layers = generated.map(onlyPossibleLinks);
      const facts = await Promise.all(layers.map((layer) => read(layer.map(entryOf))));
      const tree = await mergeLayers(facts, signal);

      const found = [...tree.entries()]
        .filter(([path, { facts }]) => readerOf(path) && facts.packages?.length)
        .map(([path, { facts }]): [string, unknown] => [path, facts.packages]);
      expect(new Map(found)).toEqual(new Map(analyzed(flatten(layers))));
    }),
    { numRuns: 1_000 },
  );
});

/** The simplest file system: every path with its content; undefined for what is neither file nor folder. */
type FileSystem = Map<string, { type: 'file' | 'folder' | 'other'; content: string }>;

function flatten(layers: readonly Change[][]): FileSystem {
  const files: FileSystem = new Map();
  for (const layer of layers) {
    for (const { kind, path } of layer) {
      if (kind === 'whiteout') removeBelow(files, path, true);
      if (kind === 'opaque') removeBelow(files, path, false);
    }
    for (const item of layer) applyEntry(files, item);
  }
  return files;
}

function applyEntry(files: FileSystem, item: Change): void {
  if (item.kind === 'whiteout' || item.kind === 'opaque') return;
  const segments = item.path.split('/');
  for (let depth = 1; depth < segments.length; depth += 1) {
    const above = segments.slice(0, depth).join('/');
    if (files.get(above)?.type !== 'folder') files.set(above, { type: 'folder', content: '' });
  }
  if (item.kind === 'folder') {
    if (files.get(item.path)?.type !== 'folder') files.set(item.path, { type: 'folder', content: '' });
    return;
  }
  const target = item.kind === 'link' ? files.get(item.target) : undefined;
  removeBelow(files, item.path, true);
  if (item.kind === 'symlink') files.set(item.path, { type: 'other', content: '' });
  else files.set(item.path, { type: 'file', content: item.kind === 'link' ? target!.content : item.content });
}

function removeBelow(files: FileSystem, path: string, alsoItself: boolean): void {
  for (const known of files.keys()) {
    if (known.startsWith(`${path}/`) || (alsoItself && known === path)) files.delete(known);
  }
}

function analyzed(files: FileSystem): [string, unknown][] {
  return [...files].flatMap(([path, { type, content }]): [string, unknown][] => {
    const analyzer = readerOf(path);
    if (type !== 'file' || !analyzer) return [];
    const facts = analyzer.read({ path, bytes: Buffer.from(content), proves: () => false, warn: () => {} });
    return facts.packages?.length ? [[path, facts.packages]] : [];
  });
}

/**
 * A hard link leads to a file that an earlier entry of its own layer made, and that is still there. Links from one
 * kind of database to another are left out, for nobody can say what they mean, and chains of links: packers write
 * the first name of a file.
 */
function onlyPossibleLinks(layer: readonly Change[]): Change[] {
  const files: FileSystem = new Map();
  const links = new Set<string>();
  return layer.filter((item) => {
    if (item.kind === 'link') {
      if (links.has(item.target)) return false;
      links.add(item.path);
      const isNested =
        `${item.target}/`.startsWith(`${item.path}/`) || item.path.startsWith(`${item.target}/`);
      const isMixed = [item.path, item.target].some(
        (path) => readerOf(path) && !path.endsWith('/package.json'),
      );
      if (files.get(item.target)?.type !== 'file' || isNested || isMixed) return false;
    }
    applyEntry(files, item);
    return true;
  });
}

function entryOf(item: Change): RawTarEntry {
  const slash = item.path.lastIndexOf('/') + 1;
  switch (item.kind) {
    case 'folder':
      return folder(item.path);
    case 'symlink':
      return { name: item.path, kind: '2', linkName: 'nowhere' };
    case 'whiteout':
      return file(`${item.path.slice(0, slash)}.wh.${item.path.slice(slash)}`);
    case 'opaque':
      return file(`${item.path}/.wh..wh..opq`);
    case 'link':
      return { name: item.path, kind: '1', linkName: item.target };
    default:
      return file(item.path, item.content);
  }
}

function readerOf(path: string) {
  return analyzers.find((analyzer) => analyzer.wants(path));
}

it('forgets a program that a later layer replaces by one that tells nothing', async () => {
  const program = {
    name: 'app/server',
    body: Buffer.concat([fixture('go-1.26-program'), Buffer.alloc(300_000)]),
  };
  const other = { name: 'app/server', body: Buffer.alloc(300_000) };

  expect(await merged([program])).toHaveLength(3);
  expect(await merged([program], [other])).toEqual([]);
  expect(await merged([program], [file('app/server', '#!/bin/sh')])).toEqual([]);
  expect(await merged([program], [file('app/other')])).toHaveLength(3);
});
