import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobsOf, descriptor, type BuiltImage, type BuiltIndex } from './image-builder.ts';

/** An image and the name it has in a layout: `tag`, or `repository:tag` when the layout holds several repositories. */
export type NamedImage = { readonly name: string; readonly image: BuiltImage | BuiltIndex };

/** Writes an OCI image layout folder (image-spec, image-layout.md); the name becomes the `ref.name` annotation. */
export async function writeLayout(folder: string, images: readonly NamedImage[]): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const { digest, bytes } of images.flatMap(({ image }) => blobsOf(image))) {
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
  }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: images.map(({ name, image }) => ({
      ...descriptor(image.manifest),
      annotations: { 'org.opencontainers.image.ref.name': name },
    })),
  };
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}
