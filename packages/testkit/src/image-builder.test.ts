import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { buildImage, buildIndex, sha256 } from './image-builder.ts';
import { writeLayout } from './image-layout.ts';

const files = [{ path: 'etc/os-release', content: 'ID=debian\n' }];

it('builds the same digests from the same spec', async () => {
  const first = await buildImage({ layers: [{ files }] });
  const second = await buildImage({ layers: [{ files }] });

  expect(second.digest).toBe(first.digest);
});

it('writes layers plain, with gzip and with zstd, over one and the same tar', async () => {
  const image = await buildImage({
    layers: [{ files, mediaType: 'plain' }, { files }, { files, mediaType: 'zstd' }],
  });

  const [plain, gzip, zstd] = image.layers.map((layer) => layer.bytes);
  const config = JSON.parse(Buffer.from(image.config.bytes).toString());
  expect(image.layers.map((layer) => layer.mediaType)).toEqual([
    'application/vnd.oci.image.layer.v1.tar',
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'application/vnd.oci.image.layer.v1.tar+zstd',
  ]);
  expect(gunzipSync(gzip ?? '')).toEqual(plain);
  expect(zstdDecompressSync(zstd ?? '')).toEqual(plain);
  expect(config.rootfs.diff_ids).toEqual(Array(3).fill(sha256(plain ?? new Uint8Array())));
});

it('writes a layout whose index names each image', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layout-'));
  try {
    const amd64 = await buildImage({ layers: [{ files }], format: 'docker' });
    const arm64 = await buildImage({ layers: [{ files }], platform: 'linux/arm64/v8' });
    const both = buildIndex([amd64, arm64]);

    await writeLayout(folder, [{ name: 'team/app:1.0', image: both }]);

    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
    const stored = await readFile(join(folder, 'blobs/sha256', both.digest.slice(7)));
    expect(index.manifests).toEqual([
      {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: both.digest,
        size: stored.length,
        annotations: { 'org.opencontainers.image.ref.name': 'team/app:1.0' },
      },
    ]);
    expect(sha256(stored)).toBe(both.digest);
  } finally {
    await rm(folder, { recursive: true });
  }
});
