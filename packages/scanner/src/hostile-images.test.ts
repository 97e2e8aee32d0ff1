import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { buildImage, paxHeader, rawTar, type RawTarEntry } from '@plimsoll/testkit';
import { afterAll, expect, it } from 'vitest';
import { elfHeader } from './analyzers/programs/testing-program.ts';
import { fixture } from './analyzers/testing-read.ts';
import { zip } from './analyzers/testing-zip.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { scanImage } from './scan-image.ts';
import { sourceOf } from './testing-image-source.ts';

// Each of these images has an honest layer below and honest packages in the layer with what is hostile. What unpacks
// without end is in layers/read-layer.test.ts, where the limits are small; mutations of everything are in fuzz/.

const readers = new LayerReaders({ threads: 1 });
afterAll(() => readers.close());

const manifest = (name: string, version: string) => JSON.stringify({ name, version });
const status = 'Package: bash\nStatus: install ok installed\nVersion: 5.2\n';
const honest: RawTarEntry = { name: 'app/node_modules/honest/package.json', body: manifest('honest', '1') };
const file = (name: string, body: Buffer | string = ''): RawTarEntry => ({ name, body });

/** What is found and named: `name version` of the packages, and the codes of the warnings. */
async function scan(hostile: Buffer): Promise<{ packages: string[]; warnings: string[] }> {
  const base = rawTar([file('var/lib/dpkg/status', status)]);
  const image = await buildImage({
    layers: [base, hostile].map((tar) => ({ tar, mediaType: 'plain' })),
  });
  const inventory = await scanImage(sourceOf(image), { readers }, new AbortController().signal);
  return {
    packages: inventory.packages.map(({ name, version }) => `${name} ${version}`),
    warnings: [...new Set(inventory.warnings.map(({ code }) => code))],
  };
}

/** A Berkeley DB of which every chain of pages leads back to its first page. */
function circularBerkeleyDb(): Buffer {
  const bytes = Buffer.from(gunzipSync(fixture('rpm/Packages.gz')));
  const pageBytes = bytes.readUInt32LE(20);
  for (let page = 0; page + pageBytes <= bytes.length; page += pageBytes) {
    if (bytes[page + 25] === 7) bytes.writeUInt32LE(page / pageBytes, page + 16);
  }
  return bytes;
}

/** An SQLite database of which every tree page is one above other pages, the first of them itself. */
function circularSqlite(): Buffer {
  const bytes = Buffer.from(gunzipSync(fixture('rpm/rpmdb.sqlite.gz')));
  const pageBytes = bytes.readUInt16BE(16);
  for (let page = pageBytes; page + pageBytes <= bytes.length; page += pageBytes) {
    if (bytes[page] !== 13) continue;
    bytes[page] = 5;
    bytes.writeUInt32BE(page / pageBytes + 1, page + 8);
  }
  return bytes;
}

/** A program whose headers name segments beyond the file, over each other and over everything. */
function lyingElf(): Buffer {
  const elf = Buffer.from(elfHeader);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(3, 56);
  const segments = [
    [0n, 0xffff_ffff_ffff_ffffn],
    [0xffff_ffff_ffff_0000n, 0xffffn],
    [64n, 1n << 40n],
  ].map(([offset = 0n, bytes = 0n]) => {
    const header = Buffer.alloc(56);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(4, 4);
    header.writeBigUInt64LE(offset, 8);
    header.writeBigUInt64LE(bytes, 32);
    return header;
  });
  return Buffer.concat([elf, ...segments, Buffer.alloc(300_000, 'x')]);
}

const nestedJars = ['a', 'b', 'c', 'd', 'e', 'f'].reduce(
  (inner, name) => zip({ [`${name}.jar`]: inner }),
  zip({}),
);
const zipBomb = () => {
  const bomb = zip({ 'META-INF/MANIFEST.MF': Buffer.alloc(16 * 1024 * 1024) });
  bomb.writeUInt32LE(10, bomb.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
  return bomb;
};
const links = Array.from({ length: 2_000 }, (_, index): RawTarEntry => ({
  name: `app/node_modules/link${index}/package.json`,
  kind: '1',
  linkName: index === 0 ? 'nowhere' : `app/node_modules/link${index - 1}/package.json`,
}));

// What is named stands beside each; nothing where it is harmless.
it.each<[string, RawTarEntry[], string[]]>([
  [
    'absolute links out of the image',
    [{ name: 'etc/os-release', kind: '2', linkName: '/../../../etc/passwd' }],
    ['link-unresolved'],
  ],
  ['a chain of hard links to nowhere', links, ['link-unresolved']],
  [
    'devices in place of databases',
    [
      { name: 'lib/apk/db/installed', kind: '3' },
      { name: 'etc/os-release', kind: '6' },
    ],
    [],
  ],
  [
    'a sparse database',
    [{ name: 'lib/apk/db/installed', kind: 'S', body: 'P:a\nV:1\n\n' }],
    ['file-unsupported'],
  ],
  [
    'a pax name longer than any path',
    [paxHeader({ path: 'x/'.repeat(5_000) }), file('short')],
    ['path-too-long'],
  ],
  [
    'a GNU name longer than any path',
    [{ name: 'L', kind: 'L', body: 'y/'.repeat(5_000) }, file('short')],
    ['path-too-long'],
  ],
  [
    'JSON of absurd depth',
    [
      file(
        'app/package-lock.json',
        `{"lockfileVersion":1,"dependencies":${'{"a":{"dependencies":'.repeat(50_000)}`,
      ),
    ],
    ['file-unreadable'],
  ],
  [
    'YAML of absurd depth',
    [
      file(
        'app/pnpm-lock.yaml',
        `packages:\n${Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}`,
      ),
    ],
    [],
  ],
  [
    'TOML of absurd depth',
    [file('app/poetry.lock', `[[package]]\nname = ${'['.repeat(100_000)}\n[${'a.'.repeat(100_000)}b]\n`)],
    [],
  ],
  ['an archive that unpacks without end', [file('srv/bomb.jar', zipBomb())], ['file-unreadable']],
  ['archives in archives in archives', [file('srv/nested.jar', nestedJars)], ['file-unreadable']],
  [
    'a Berkeley DB that leads in circles',
    [file('var/lib/rpm/Packages', circularBerkeleyDb())],
    ['file-unreadable'],
  ],
  [
    'an SQLite database that leads in circles',
    [file('var/lib/rpm/rpmdb.sqlite', circularSqlite())],
    ['file-unreadable'],
  ],
  [
    'a Chisel manifest that unpacks without end',
    [file('var/lib/chisel/manifest.wall', zstdCompressSync(Buffer.alloc(70_000_000)))],
    ['file-unreadable'],
  ],
  [
    'a program of nothing but marks',
    [
      file(
        'usr/bin/marks',
        Buffer.concat([
          elfHeader,
          Buffer.alloc(6_000_000, Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex')),
        ]),
      ),
    ],
    [],
  ],
  ['a program with lying headers', [file('usr/bin/app', lyingElf())], []],
])('reads beside %s what is honest', async (_what, entries, warnings) => {
  const found = await scan(rawTar([...entries, honest]));

  expect(found.packages).toEqual(expect.arrayContaining(['bash 5.2', 'honest 1']));
  expect(found.warnings).toEqual(warnings);
});

it('puts names that lead out of the image where a container would see them', async () => {
  const found = await scan(
    rawTar([file('../../../app/node_modules/../node_modules/up/package.json', manifest('up', '1'))]),
  );

  expect(found).toEqual({ packages: ['bash 5.2', 'up 1'], warnings: [] });
});

it('takes of an entry that comes twice the later one', async () => {
  const path = 'app/node_modules/twice/package.json';
  const found = await scan(rawTar([file(path, manifest('twice', '1')), file(path, manifest('twice', '2'))]));

  expect(found).toEqual({ packages: ['bash 5.2', 'twice 2'], warnings: [] });
});

it.each([
  ['a negative size', rawTar([honest, { name: 'x', size: Buffer.alloc(12, 0xff) }]), 'layer-corrupt'],
  ['an absurd size', rawTar([honest, { name: 'x', size: Buffer.from('77777777777\0') }]), 'layer-truncated'],
  [
    'an end in the middle',
    rawTar([honest, file('x', 'y'.repeat(2_000))], { isEnded: false }).subarray(0, -1_500),
    'layer-truncated',
  ],
])('reports what came before %s', async (_what, tar, warning) => {
  expect(await scan(tar)).toEqual({ packages: ['bash 5.2', 'honest 1'], warnings: [warning] });
});
