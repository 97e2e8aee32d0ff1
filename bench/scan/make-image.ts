import { spawn } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { runProgram } from '../../e2e/support/programs.ts';
import { progress } from '../report.ts';

const MiB = 1024 * 1024;

/** One layer of the image: files of this machine below these folders, up to so many bytes before compression. */
type LayerPlan = { readonly name: string; readonly folders: readonly string[]; readonly maxBytes: number };

export type LayerFacts = { readonly digest: string; readonly sizeBytes: number; readonly tarBytes: number };

/**
 * Writes an OCI layout with one image `bench` of about 300 MB, in five gzip layers: this machine's package
 * database, libraries, shared data and node_modules, and made-up content, of which half cannot be compressed.
 */
export async function makeImage(dir: string): Promise<LayerFacts[]> {
  const madeUp = join(dir, 'made-up');
  await writeMadeUpContent(madeUp);
  const root = join(import.meta.dirname, '..', '..');
  const plans: LayerPlan[] = [
    {
      name: 'packages',
      folders: ['/usr/lib/os-release', '/var/lib/dpkg', '/usr/include'],
      maxBytes: 100 * MiB,
    },
    { name: 'libraries', folders: ['/usr/lib'], maxBytes: 300 * MiB },
    { name: 'data', folders: ['/usr/share'], maxBytes: 120 * MiB },
    { name: 'node_modules', folders: [join(root, 'node_modules')], maxBytes: 200 * MiB },
    { name: 'made-up', folders: [madeUp], maxBytes: 200 * MiB },
  ];
  const layers: (LayerFacts & { diffId: string })[] = [];
  await mkdir(join(dir, 'layout/blobs/sha256'), { recursive: true });
  for (const plan of plans) {
    progress(`packing layer ${plan.name}`);
    layers.push(await packLayer(dir, plan));
  }
  await writeManifests(join(dir, 'layout'), layers);
  return layers;
}

async function packLayer(dir: string, { name, folders, maxBytes }: LayerPlan) {
  const list = join(dir, `${name}.list`);
  await writeFile(list, (await chooseFiles(folders, maxBytes)).map((path) => `${path}\0`).join(''));
  // Fixed owners and times: the same files give the same layer.
  const options = '--create --null --no-recursion --owner=0 --group=0 --mtime=@0 --ignore-failed-read';
  const tar = spawn('tar', [...options.split(' '), '-C', '/', '-T', list], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const blobs = join(dir, 'layout/blobs/sha256');
  const packed = join(blobs, name);
  const tarHash = new Counter();
  const blobHash = new Counter();
  const exit = once(tar, 'exit');
  await pipeline(tar.stdout, tarHash.tap, createGzip(), blobHash.tap, createWriteStream(packed));
  const [code] = (await exit) as [number | null];
  // 1: a file changed while it was read, which does no harm here.
  if (code !== 0 && code !== 1) throw new Error(`tar ended with ${code} at layer ${name}`);
  const digest = blobHash.digest();
  await rename(packed, join(blobs, digest.slice('sha256:'.length)));
  return { digest, diffId: tarHash.digest(), sizeBytes: blobHash.bytes, tarBytes: tarHash.bytes };
}

/** Hashes and counts what flows through. */
class Counter {
  bytes = 0;
  readonly #hash = createHash('sha256');

  readonly tap = async function* (this: Counter, source: Readable) {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }.bind(this);

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/** Files that anybody may read below the folders, folder by folder and by name, until the sum of their sizes is reached. */
async function chooseFiles(folders: readonly string[], maxBytes: number): Promise<string[]> {
  const chosen: string[] = [];
  let sum = 0;
  for (const folder of folders.filter((path) => existsSync(path))) {
    const options = '-xdev -type f -perm -o=r -size -40M -printf %p\\0%s\\0'.split(' ');
    const fields = (await runProgram('find', [folder, ...options])).split('\0');
    const files: { path: string; sizeBytes: number }[] = [];
    for (let index = 0; index + 1 < fields.length; index += 2) {
      files.push({ path: fields[index] ?? '', sizeBytes: Number(fields[index + 1]) });
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const { path, sizeBytes } of files) {
      if (sum + sizeBytes > maxBytes) break;
      sum += sizeBytes;
      // Tar takes the paths from the root.
      chosen.push(path.slice(1));
    }
  }
  return chosen;
}

/** 120 files of 1 MiB: a key stream (nothing to compress) and a repeated line, in turn. */
async function writeMadeUpContent(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const zeros = Buffer.alloc(MiB);
  for (let index = 0; index < 120; index++) {
    const content =
      index % 2 === 0 ? cipher.update(zeros) : Buffer.alloc(MiB, `line ${index} of made-up text\n`);
    await writeFile(join(dir, `${String(index).padStart(3, '0')}.bin`), content);
  }
}

async function writeManifests(layout: string, layers: readonly (LayerFacts & { diffId: string })[]) {
  const type = 'application/vnd.oci.image';
  const write = async (mediaType: string, document: object) => {
    const bytes = Buffer.from(JSON.stringify(document));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(layout, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: (await stat(join(layout, 'blobs/sha256', hex))).size };
  };
  const config = await write(`${type}.config.v1+json`, {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
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
  const annotations = { 'org.opencontainers.image.ref.name': 'bench' };
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}
