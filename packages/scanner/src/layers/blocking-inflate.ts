import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { pieceBytes, type Engine } from './decompress.ts';
import { LayerError } from './layer-error.ts';

/** The part of Node's native zlib and zstd handles used here; all of Node's own zlib functions stand on it. */
type Handle = {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
};
type WithHandle = { _handle?: Handle; _writeState?: Uint32Array };

/**
 * Decompresses on the calling thread with one reused output buffer: 15 % less processor time than a stream, and no
 * garbage. Node offers this only on an internal handle, so the answer is undefined where that handle does not work.
 */
export function blockingEngine(
  open: () => Gunzip | ZstdDecompress,
  flush: number,
  lastFlush: number,
): Engine | undefined {
  const stream = open();
  const { _handle: handle, _writeState: state } = stream as unknown as WithHandle;
  if (!handle || !state || typeof handle.writeSync !== 'function') return undefined;

  const output = Buffer.allocUnsafe(pieceBytes);
  let failure: { message: string; code: string } | undefined;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the handle is no event target
  handle.onerror = (message, _errno, code) => (failure = { message, code });

  function* run(mode: number, stored: Uint8Array): Iterable<Uint8Array> {
    let offset = 0;
    for (;;) {
      const available = stored.length - offset;
      handle!.writeSync(mode, stored, offset, available, output, 0, output.length);
      const [outputLeft = 0, inputLeft = 0] = state!;
      const produced = failure ? 0 : output.length - outputLeft;
      if (produced > 0) yield output.subarray(0, produced);
      if (failure) throw decompressionError(failure);
      offset = stored.length - inputLeft;
      // Room left in the output means all was said, unless a frame ended in the middle of the input.
      const stuck = produced === 0 && inputLeft === available;
      if (outputLeft > 0 && (inputLeft === 0 || stuck)) return;
    }
  }

  return {
    write: (stored) => run(flush, stored),
    end: () => run(lastFlush, new Uint8Array()),
    close: () => stream.destroy(),
  };
}

/** Names what zlib or zstd complained about. */
export function decompressionError({ message, code }: { message: string; code: string }): LayerError {
  return code === 'Z_BUF_ERROR'
    ? new LayerError('layer-truncated', 'The compressed layer ends in the middle')
    : new LayerError('layer-corrupt', `The layer cannot be decompressed: ${message}`);
}
