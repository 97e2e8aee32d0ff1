import { buildImage, buildIndex, type BuiltImage } from '../image-builder.ts';
import { writeLayout, type NamedImage } from '../image-layout.ts';
import { readDemoLayer } from './demo-layer.ts';
import { demoImages, type DemoImage } from './images.ts';

/**
 * Writes the demo registry's images into `dir` as one OCI image layout; names are `repository:tag`. The images
 * are assembled from `data/demo-images`, whose README says where each fact comes from. Same data, same digests.
 */
export async function writeDemoLayout(dir: string): Promise<void> {
  const images = await Promise.all(demoImages.map(namedImages));
  await writeLayout(dir, images.flat());
}

/** When the data were gathered: the creation time of every demo image, so that digests never change. */
const created = '2026-11-21T00:00:00Z';

async function namedImages(demo: DemoImage): Promise<NamedImage[]> {
  const built = await Promise.all(demo.platforms.map((platform) => build(demo, platform)));
  const [only, ...others] = built;
  const image = only && others.length === 0 ? only : buildIndex(built);
  return demo.tags.map((tag) => ({ name: `${demo.repository}:${tag}`, image }));
}

async function build({ layers, config, format = 'oci' }: DemoImage, platform: string): Promise<BuiltImage> {
  const specs = layers.map(async ({ data, zstd }) => ({
    files: await readDemoLayer(data),
    mediaType: zstd ? ('zstd' as const) : ('gzip' as const),
  }));
  const history = layers.map(({ createdBy }) => ({ created, created_by: createdBy }));
  return buildImage({
    layers: await Promise.all(specs),
    platform,
    format,
    config: { created, config, history },
  });
}
