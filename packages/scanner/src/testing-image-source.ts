import type { BuiltImage } from '@plimsoll/testkit';
import type { ImageSource } from './image-source.ts';

/** An image in memory, which of its layers were opened, and how many bytes of parts were asked for. */
export function sourceOf(
  image: BuiltImage,
): Required<Pick<ImageSource, 'openRange'>> & ImageSource & { opened: string[]; rangeBytes: number } {
  const opened: string[] = [];
  const find = (digest: string) => image.layers.find((layer) => layer.digest === digest)!;
  return {
    opened,
    rangeBytes: 0,
    describe: () =>
      Promise.resolve({
        digest: image.digest,
        platform: image.platform,
        config: JSON.parse(Buffer.from(image.config.bytes).toString('utf8')) as unknown,
        layers: image.layers.map(({ digest, mediaType, bytes, annotations }) => ({
          digest,
          mediaType,
          sizeBytes: bytes.length,
          ...(annotations && { annotations }),
        })),
      }),
    async *openLayer({ digest }) {
      opened.push(digest);
      yield find(digest).bytes;
    },
    async *openRange({ digest }, { start, end }) {
      this.rangeBytes += end - start;
      // In two pieces, for none of them need hold what a reader looks for.
      const middle = Math.floor((start + end) / 2);
      yield find(digest).bytes.subarray(start, middle);
      yield find(digest).bytes.subarray(middle, end);
    },
  };
}
