import type { BuiltImage } from '@plimsoll/testkit';
import type { ImageSource } from './image-source.ts';

/** An image in memory, and which of its layers were opened. */
export function sourceOf(image: BuiltImage): ImageSource & { opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    describe: () =>
      Promise.resolve({
        digest: image.digest,
        platform: image.platform,
        config: JSON.parse(Buffer.from(image.config.bytes).toString('utf8')) as unknown,
        layers: image.layers.map(({ digest, mediaType, bytes }) => ({
          digest,
          mediaType,
          sizeBytes: bytes.length,
        })),
      }),
    async *openLayer({ digest }) {
      opened.push(digest);
      yield image.layers.find((layer) => layer.digest === digest)!.bytes;
    },
  };
}
