import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startDockerRegistry } from '../../../e2e/support/docker-registry.ts';
import { pushImage } from '../../../e2e/support/skopeo.ts';
import { progress } from '../../report.ts';
import { bigImage, debianRefusal, packRecipe, smallImage } from './debian-recipe.ts';
import { packMachineFiles } from './machine-files.ts';
import { packLargeLayer, packOwnLayer } from './made-up-layers.ts';
import { packTar, type PackedLayer } from './pack-layer.ts';
import { writeLayout } from './write-layout.ts';

/** Images by name, with their layers. Each is `bench/NAME:1` in the registry. */
export type BenchImages = {
  readonly images: Readonly<Record<string, readonly PackedLayer[]>>;
  /** What `big` and `small` were made of. */
  readonly origin: string;
};

export type BenchRegistry = BenchImages & {
  readonly base: string;
  /** Every request answered since the last call. */
  takeRequests(): string[];
  stop(): Promise<void>;
};

/** A little below what an agent takes unless told. */
const largeLayerBytes = 2_000_000_000;
const bases = 20;
const imagesPerBase = 8;
/** Images of `fleet` hold a base and a layer of their own; those of `distinct` hold a base and all layers on it. */
export const fleetImages = (kind: 'fleet' | 'distinct') =>
  Array.from({ length: kind === 'fleet' ? bases * imagesPerBase : bases }, (_, index) => `${kind}-${index}`);

/**
 * Serves the images from Debian's docker-registry on the loopback. They are made once, which takes some minutes, and
 * kept in the user's cache folder under the hash of their recipes.
 */
export async function serveImages(): Promise<BenchRegistry> {
  const dir = await madeImages();
  const known = JSON.parse(await readFile(join(dir, 'images.json'), 'utf8')) as BenchImages;
  let requests: string[] = [];
  const registry = await startDockerRegistry({
    dataDir: join(dir, 'registry'),
    onRequest: (request) => requests.push(request),
  });
  return {
    ...known,
    base: registry.base,
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
    stop: () => registry.stop(),
  };
}

async function madeImages(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'plimsoll-bench');
  const dir = join(cache, await recipeHash());
  const isThere = await readFile(join(dir, 'images.json')).catch(() => undefined);
  if (isThere) return dir;
  const making = `${dir}.${process.pid}`;
  try {
    await makeImages(making);
    await rm(dir, { recursive: true, force: true });
    await rename(making, dir);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return dir;
}

/** Of the sources of this folder: what changes in them makes new images. */
async function recipeHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(import.meta.dirname)).sort()) {
    hash.update(await readFile(join(import.meta.dirname, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function makeImages(dir: string): Promise<void> {
  const layout = join(dir, 'layout');
  const blobs = join(layout, 'blobs/sha256');
  const work = join(dir, 'work');
  await mkdir(blobs, { recursive: true });
  await mkdir(work);

  const { big, small, origin } = await packDebian(blobs, work);
  progress('packing a layer of 2 GB');
  const images: Record<string, readonly PackedLayer[]> = {
    big,
    small,
    large: [await packLargeLayer(blobs, largeLayerBytes)],
    ...(await packFleet(blobs, work)),
  };
  await writeLayout(layout, images);

  progress('pushing the images into docker-registry');
  const registry = await startDockerRegistry({ dataDir: join(dir, 'registry') });
  try {
    for (const name of Object.keys(images)) {
      await pushImage({ dir: layout, name }, registry, `bench/${name}:1`);
    }
  } finally {
    await registry.stop();
  }
  await rm(work, { recursive: true });
  await rm(layout, { recursive: true });
  await writeFile(join(dir, 'images.json'), JSON.stringify({ images, origin } satisfies BenchImages));
}

async function packDebian(blobs: string, work: string) {
  const refusal = debianRefusal();
  try {
    if (refusal !== undefined) throw new Error(refusal);
    const big = await packRecipe(blobs, join(work, 'big'), bigImage);
    const small = await packRecipe(blobs, join(work, 'small'), smallImage);
    return { big, small, origin: 'Debian, npm and PyPI packages' };
  } catch (error) {
    progress(`The Debian image cannot be made here (${String(error)}); files of this machine take its place`);
    const big = await packMachineFiles(blobs, work);
    return { big, small: big.slice(0, 1), origin: 'files of this machine' };
  }
}

/**
 * Images on bases of Debian with Node.js. The same base with another file in it is another layer, as bases are that were
 * built on different days.
 */
async function packFleet(blobs: string, work: string) {
  const images: Record<string, readonly PackedLayer[]> = {};
  const numbers = Array.from({ length: bases }, (_, index) => index);
  const packBase = async (base: number) => {
    progress(`packing base ${base + 1} of ${bases}`);
    const extra = join(work, `extra-${base}`);
    await mkdir(join(extra, 'etc'), { recursive: true });
    await writeFile(join(extra, 'etc/build'), `build ${base}\n`);
    const folders = [...baseFolders.map((folder) => join(work, folder)), extra].filter(existsSync);
    const lower = await packTar(
      blobs,
      ['--sort=name', ...folders.flatMap((folder) => ['-C', folder, '.'])],
      1,
    );
    const own: PackedLayer[] = [];
    for (let index = base; index < bases * imagesPerBase; index += bases) {
      const layer = await packOwnLayer(blobs, `app-${index}`);
      own.push(layer);
      images[`fleet-${index}`] = [lower, layer];
    }
    images[`distinct-${base}`] = [lower, ...own];
  };
  // Two at a time share the iterator.
  const next = numbers.values();
  const packer = async () => {
    for (const base of next) await packBase(base);
  };
  await Promise.all([packer(), packer()]);
  return images;
}

/** What a base of `fleet` holds; not there where files of this machine take the place of Debian's. */
const baseFolders = ['big/base', 'big/node'];
