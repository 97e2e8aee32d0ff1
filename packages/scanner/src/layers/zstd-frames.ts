import { constants, type ZstdDecompress } from 'node:zlib';
import { blockingCodec } from './blocking-codec.ts';
import type { Engine } from './decompress.ts';

/** Decompresses zstd (RFC 8878), several frames too; undefined where Node does not offer what it takes. */
export function zstdEngine(open: () => ZstdDecompress, outputBytes: number): Engine | undefined {
  const codec = blockingCodec(open, outputBytes);
  if (!codec) return undefined;

  function* run(mode: number, stored: Uint8Array): Iterable<Uint8Array> {
    for (let offset = 0; ;) {
      const { produced, inputLeft } = codec!.step(mode, stored, offset);
      if (produced.length > 0) yield produced;
      // Room left in the output means all was said, unless a frame ended in the middle of the input.
      const isStuck = produced.length === 0 && inputLeft === stored.length - offset;
      offset = stored.length - inputLeft;
      if (produced.length < outputBytes && (inputLeft === 0 || isStuck)) return;
    }
  }

  return {
    write: (stored) => run(constants.ZSTD_e_continue, stored),
    end: () => run(constants.ZSTD_e_end, new Uint8Array()),
    close: () => codec.close(),
  };
}
