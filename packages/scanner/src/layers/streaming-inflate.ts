import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { decompressionError } from './blocking-codec.ts';
import type { Engine } from './decompress.ts';
import { LayerError } from './layer-error.ts';

/** Decompresses with Node's public streams: the way for a Node whose internal handle is not what we know. */
export function streamingEngine(open: () => Gunzip | ZstdDecompress): Engine {
  const stream = open();
  let failure: Error | undefined;
  let ended = false;
  let wake = () => {};
  stream.on('error', (error) => {
    failure = error;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('readable', () => wake());

  async function* drain(isDone: () => boolean): AsyncIterable<Uint8Array> {
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const piece = stream.read() as Uint8Array | null;
      if (piece) yield piece;
      else if (failure) throw decompressionError(failure as Error & { code: string });
      else if (isDone()) return;
      else await changed;
    }
  }

  return {
    write: (stored) => {
      // Node's zstd stream ends with the first frame; saying so beats losing the rest.
      if (ended)
        throw new LayerError('layer-corrupt', 'The layer has more compressed frames than can be read');
      let taken = false;
      stream.write(stored, () => {
        taken = true;
        wake();
      });
      return drain(() => taken || ended);
    },
    end: () => {
      stream.end();
      return drain(() => ended);
    },
    close: () => stream.destroy(),
  };
}
