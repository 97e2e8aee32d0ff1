import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackedLayer } from './pack-layer.ts';

const type = 'application/vnd.oci.image';

/** Writes the documents of an OCI layout with these images, by name, around layers that lie in its blobs folder. */
export async function writeLayout(
  layout: string,
  images: Readonly<Record<string, readonly PackedLayer[]>>,
): Promise<void> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const write = async (mediaType: string, document: object) => {
    const bytes = Buffer.from(JSON.stringify(document));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(layout, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const manifests = [];
  for (const [name, layers] of Object.entries(images)) {
    const config = await write(`${type}.config.v1+json`, {
      os: 'linux',
      architecture: 'amd64',
      // Images of the same layers stay images of their own.
      config: { Labels: { bench: name } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    });
    const manifest = await write(`${type}.manifest.v1+json`, {
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config,
      layers: layers.map(({ digest, sizeBytes }) => ({
        mediaType: `${type}.layer.v1.tar+gzip`,
        digest,
        size: sizeBytes,
      })),
    });
    manifests.push({ ...manifest, annotations: { 'org.opencontainers.image.ref.name': name } });
  }
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}
