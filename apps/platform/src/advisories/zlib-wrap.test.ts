import { deflateRawSync, inflateSync } from 'node:zlib';
import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { zlibOfDeflated } from './zlib-wrap.ts';

it('makes streams that zlib reads and finds undamaged', () => {
  assert(
    property(uint8Array({ maxLength: 20_000 }), (bytes) => {
      expect(inflateSync(zlibOfDeflated(deflateRawSync(bytes), bytes)).equals(bytes)).toBe(true);
    }),
  );
  const long = Buffer.alloc(300_000, 0xff);
  expect(inflateSync(zlibOfDeflated(deflateRawSync(long), long)).equals(long)).toBe(true);
});
