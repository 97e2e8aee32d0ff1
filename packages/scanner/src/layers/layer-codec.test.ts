import { expect, it } from 'vitest';
import { decodeLayerFacts, encodeLayerFacts } from './layer-codec.ts';
import type { LayerFacts } from './layer-facts.ts';

const facts: LayerFacts = {
  files: [['etc/os-release', { os: { id: 'debian', name: 'Debian', versionId: '12' } as never }]],
  whiteouts: ['gone'],
  opaqueFolders: ['opt'],
  nonFolders: new Float64Array([1, 2 ** 52, 2 ** 53 - 1]),
  missedTargets: [{ path: 'a', as: 'b' }],
  warnings: [],
};

it('reads what it wrote', async () => {
  expect(await decodeLayerFacts(await encodeLayerFacts(facts))).toEqual(facts);
  const empty = { ...facts, nonFolders: new Float64Array() };
  expect(await decodeLayerFacts(await encodeLayerFacts(empty))).toEqual(empty);
});

it('reads an entry that lies somewhere in other memory', async () => {
  const entry = await encodeLayerFacts(facts);
  const around = Buffer.concat([Buffer.alloc(3, 0xff), entry, Buffer.alloc(3, 0xff)]);

  expect(await decodeLayerFacts(around.subarray(3, -3))).toEqual(facts);
});

it('never reads other facts from a damaged entry, and nothing from one that is cut', async () => {
  const entry = await encodeLayerFacts(facts);
  for (let at = 0; at < entry.length; at += 1) {
    const damaged = Uint8Array.from(entry);
    damaged[at]! ^= 0x10;
    // Some bits of deflate fill up a byte and say nothing.
    expect([undefined, facts]).toContainEqual(await decodeLayerFacts(damaged));
    expect([at, await decodeLayerFacts(entry.subarray(0, at))]).toEqual([at, undefined]);
  }
});
