import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDemoLayout } from './write-demo-layout.ts';

type Descriptor = { digest: string; mediaType: string; size: number; annotations?: Record<string, string> };
type Manifest = { manifests?: Descriptor[]; config?: Descriptor; layers?: Descriptor[] };

describe('the demo images', () => {
  let dir: string;
  let index: Required<Pick<Manifest, 'manifests'>>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-demo-images-'));
    await writeDemoLayout(dir);
    index = JSON.parse(await readFile(join(dir, 'index.json'), 'utf8'));
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  const named = (name: string) => {
    const found = index.manifests.find(
      (entry) => entry.annotations?.['org.opencontainers.image.ref.name'] === name,
    );
    if (!found) throw new Error(`${name} is not in the layout`);
    return found;
  };
  const blob = ({ digest }: Descriptor) =>
    readFile(join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  const manifest = async (descriptor: Descriptor): Promise<Manifest> =>
    JSON.parse((await blob(descriptor)).toString());

  it('have the same digests each time', async () => {
    const again = await mkdtemp(join(tmpdir(), 'plimsoll-demo-images-'));

    await writeDemoLayout(again);

    expect(JSON.parse(await readFile(join(again, 'index.json'), 'utf8'))).toEqual(index);
    await rm(again, { recursive: true, force: true });
  });

  it('hold what their digests say', async () => {
    const names = await readdir(join(dir, 'blobs', 'sha256'));

    for (const name of names) {
      const bytes = await readFile(join(dir, 'blobs', 'sha256', name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(name);
    }
  });

  it('have tags that share a digest, and versions that share layers', async () => {
    const [old, current] = await Promise.all(
      ['shop/web:1.0', 'shop/web:1.1'].map((name) => manifest(named(name))),
    );

    expect(named('shop/web:latest').digest).toBe(named('shop/web:1.1').digest);
    expect(current?.layers?.slice(0, 3)).toEqual(old?.layers);
    expect(current?.layers).toHaveLength(5);
  });

  it('have one image for two platforms', async () => {
    const platforms = (await manifest(named('shop/worker:2.0'))).manifests;

    expect(platforms).toMatchObject([
      { platform: { os: 'linux', architecture: 'amd64' } },
      { platform: { os: 'linux', architecture: 'arm64' } },
    ]);
  });
});
