import { gzipSync, zstdCompressSync } from 'node:zlib';
import { paxHeader, rawTar, type RawTarEntry } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixture } from '../analyzers/testing-read.ts';
import { defaultLayerLimits, type LayerLimits } from '../limits.ts';
import { readLayer } from './read-layer.ts';

async function read(stored: Uint8Array, limits: Partial<LayerLimits> = {}, chunkBytes = 65_536) {
  const chunks = async function* () {
    for (let offset = 0; offset < stored.length; offset += chunkBytes) {
      yield stored.subarray(offset, offset + chunkBytes);
    }
  };
  const task = { sizeBytes: stored.length, limits: { ...defaultLayerLimits, ...limits }, linked: [] };
  const facts = await readLayer(chunks(), task);
  return {
    names: facts.files.flatMap(([, { packages }]) => packages?.map(({ name }) => name) ?? []).sort(),
    codes: facts.warnings.map(({ code }) => code),
    facts,
  };
}

const installed = (name: string): RawTarEntry => ({
  name: `app/node_modules/${name}/package.json`,
  body: JSON.stringify({ name, version: '1.0.0' }),
});

describe('compression', () => {
  const tar = rawTar([installed('a')]);

  it.each([
    ['gzip', gzipSync(tar)],
    ['zstd', zstdCompressSync(tar)],
    ['no compression', tar],
  ])('is told by the first bytes: %s', async (_name, stored) => {
    for (const chunkBytes of [1, 3, 65_536]) {
      expect(await read(stored, {}, chunkBytes)).toMatchObject({ names: ['a'], codes: [] });
    }
  });

  it('that is not known is named', async () => {
    expect((await read(Buffer.from('BZh91AY&SY'))).codes).toEqual(['layer-unsupported']);
  });
});

it('takes a layer without any bytes as empty', async () => {
  expect(await read(Buffer.alloc(0))).toMatchObject({ names: [], codes: [] });
});

it.each([
  ['shorter than a magic number', Buffer.from('ab'), 'layer-truncated'],
  ['no tar', Buffer.alloc(2_000, 'x'), 'layer-corrupt'],
])('names a layer that is %s', async (_name, stored, code) => {
  expect((await read(stored)).codes).toEqual([code]);
});

it('reports what comes before the end of a truncated layer, and that it is truncated', async () => {
  const tar = rawTar([installed('a'), installed('b')], { isEnded: false });

  expect(await read(tar)).toMatchObject({ names: ['a', 'b'], codes: ['layer-truncated'] });
  expect(await read(gzipSync(tar).subarray(0, -9))).toMatchObject({ codes: ['layer-truncated'] });
});

it('takes the stream to its end after the archive has ended', async () => {
  const stored = Buffer.concat([gzipSync(rawTar([installed('a')])), Buffer.alloc(500_000, 'rubbish')]);
  let taken = 0;
  const chunks = async function* () {
    for (let offset = 0; offset < stored.length; offset += 1_000) {
      taken += 1_000;
      yield stored.subarray(offset, offset + 1_000);
    }
  };

  await readLayer(chunks(), { sizeBytes: stored.length, limits: defaultLayerLimits, linked: [] });

  expect(taken).toBeGreaterThanOrEqual(stored.length);
});

it('passes on what the stream throws', async () => {
  const chunks = async function* () {
    yield rawTar([installed('a')]);
    throw new Error('digest differs');
  };

  await expect(readLayer(chunks(), { sizeBytes: 1, limits: defaultLayerLimits, linked: [] })).rejects.toThrow(
    'digest differs',
  );
});

describe('hostile layers', () => {
  it('that unpack to far more than they are stop at the limit', async () => {
    const bomb = gzipSync(
      rawTar([installed('a'), { name: 'zeros', body: Buffer.alloc(5_000_000) }, installed('b')]),
    );

    const limits = { plainBytesAlways: 1_000_000, plainRatio: 10 };
    expect(await read(bomb, limits)).toMatchObject({ names: ['a'], codes: ['layer-too-large'] });
    expect(await read(bomb)).toMatchObject({ names: ['a', 'b'], codes: [] });
  });

  it('with too many entries stop at the limit', async () => {
    const entries = Array.from({ length: 20 }, (_, index) => installed(`p${index}`));

    const { names, codes } = await read(rawTar(entries), { entries: 5 });
    expect(names).toHaveLength(5);
    expect(codes).toEqual(['layer-too-many-entries']);
  });

  it('that name too much stop at the limit', async () => {
    const whiteouts = Array.from({ length: 2_000 }, (_, index) => ({ name: `a/.wh.${index}` }));

    expect(await read(rawTar([installed('a'), ...whiteouts]), { factsBytes: 100_000 })).toMatchObject({
      names: ['a'],
      codes: ['layer-too-many-facts'],
    });
    const deep: RawTarEntry[] = [
      paxHeader({ path: `${'a/'.repeat(1_500)}node_modules/x/package.json` }),
      { name: 'x', body: '{}' },
    ];
    expect(await read(rawTar(deep), { factsBytes: 100_000 })).toMatchObject({
      codes: ['layer-too-many-facts'],
    });
  });

  it('with too many package files stop at the limit', async () => {
    const entries = Array.from({ length: 20 }, (_, index) => installed(`p${index}`));

    const { names, codes } = await read(rawTar(entries), { analyzedBytes: 200 });
    expect(names.length).toBeLessThan(8);
    expect(codes).toEqual(['layer-too-many-facts']);
  });

  it('with overlong paths are read without these', async () => {
    const long: RawTarEntry[] = [paxHeader({ path: `${'a/'.repeat(3_000)}package.json` }), { name: 'x' }];

    expect(await read(rawTar([...long, ...long, installed('a')]))).toMatchObject({
      names: ['a'],
      codes: ['path-too-long'],
    });
  });

  it('with a database too large to read lose only that', async () => {
    const status = {
      name: 'var/lib/dpkg/status',
      body: '',
      size: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0]),
    };

    const { codes, facts } = await read(rawTar([installed('a'), status]));
    expect(codes).toEqual(['file-too-large', 'layer-truncated']);
    expect(facts.warnings[0]?.path).toBe('var/lib/dpkg/status');
  });

  it('with a broken or sparse manifest lose only that', async () => {
    const broken = { name: 'node_modules/b/package.json', body: '{"name": ' };
    const sparse = [
      paxHeader({ 'GNU.sparse.name': 'node_modules/c/package.json' }),
      { name: 'c', body: '{}' },
    ];

    expect(await read(rawTar([broken, ...sparse, installed('a')]))).toMatchObject({
      names: ['a'],
      codes: ['file-unreadable', 'file-unsupported'],
    });
  });

  it('with many broken manifests yield a bounded number of warnings', async () => {
    const broken = Array.from({ length: 30 }, (_, index) => ({
      name: `node_modules/${index}/package.json`,
      body: '{',
    }));

    const { codes } = await read(rawTar(broken, { isEnded: false }), { warnings: 10 });
    expect(codes).toEqual([...Array<string>(9).fill('file-unreadable'), 'inventory-cut', 'layer-truncated']);
  });

  it('cannot make a database look like something else by a hard link', async () => {
    const stored = rawTar([
      { name: 'var/lib/dpkg/status', body: 'Package: bash\nStatus: install ok installed\nVersion: 5\n' },
      { name: 'node_modules/a/package.json', kind: '1', linkName: 'var/lib/dpkg/status' },
    ]);
    const first = await read(stored);
    const chunks = async function* () {
      yield stored;
    };

    const again = await readLayer(chunks(), {
      sizeBytes: stored.length,
      limits: defaultLayerLimits,
      linked: first.facts.missedTargets,
    });

    expect(first.facts.missedTargets).toHaveLength(1);
    expect(again.files.flatMap(([, { packages }]) => packages ?? [])).toMatchObject([{ name: 'bash' }]);
  });

  it('of any bytes behind gzip never throw', async () => {
    const good = rawTar([
      installed('a'),
      { name: 'lib/apk/db/installed', body: 'P:musl\nV:1\n\n' },
      { name: 'x', kind: 'L', body: 'y' },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 8 })), { maxLength: 4 }),
        async (changes) => {
          const tar = Buffer.from(good);
          for (const [at, bytes] of changes) tar.set(bytes.subarray(0, tar.length - at), at);
          const { codes } = await read(gzipSync(tar));
          for (const code of codes)
            expect(code).toMatch(/^(?:layer-corrupt|layer-truncated|file-\w+|path-too-long)$/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('programs', () => {
  const program = Buffer.concat([fixture('go-1.26-program'), Buffer.alloc(300_000)]);
  const linked = ['golang.org/x/text', 'gopkg.in/yaml.v2', 'stdlib'];

  it.each([1_000, 65_536])('are looked into as they stream by, in chunks of %i bytes', async (chunkBytes) => {
    const tar = rawTar([{ name: 'app/server', body: program }, installed('a')]);

    expect((await read(tar, {}, chunkBytes)).names).toEqual(['a', ...linked].sort());
  });

  it('that tell nothing are not kept', async () => {
    const { facts } = await read(rawTar([{ name: 'app/server', body: Buffer.alloc(300_000) }]));

    expect(facts.files).toEqual([]);
  });

  it('tell nothing once a later entry replaces them', async () => {
    const tar = rawTar([
      { name: 'app/server', body: program },
      { name: 'app/server', body: Buffer.alloc(300_000) },
    ]);

    expect((await read(tar)).names).toEqual([]);
  });

  it('that a layer breaks off in tell nothing', async () => {
    const tar = rawTar([installed('a'), { name: 'app/server', body: program }]);

    expect(await read(tar.subarray(0, 100_000))).toMatchObject({ names: ['a'], codes: ['layer-truncated'] });
  });
});
