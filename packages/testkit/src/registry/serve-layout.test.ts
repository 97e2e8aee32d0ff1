import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, buildIndex } from '../image-builder.ts';
import { writeLayout } from '../image-layout.ts';
import { serveLayout, type TestRegistry } from './start-test-registry.ts';

const image = await buildImage({ layers: [{ files: [{ path: 'f', content: 'plimsoll' }] }] });
const index = buildIndex([image]);
const config = `/v2/team/app/blobs/${image.config.digest}`;

let folder: string;
let server: TestRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-layout-'));
  const names = ['team/app:1.0', 'team/app:1.1', 'team/web:1.0'];
  await writeLayout(
    folder,
    names.map((name) => ({ name, image: index })),
  );
  server = await serveLayout(folder);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(server.base + path, { headers, method });

it('lists repositories by pages that link to the next', async () => {
  const first = await get('/v2/_catalog?n=1');
  const link = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await get(link);

  expect(await first.json()).toMatchObject({ repositories: ['team/app'] });
  expect(await second.json()).toMatchObject({ repositories: ['team/web'] });
  expect(second.headers.get('link')).toBeNull();
});

it('lists tags', async () => {
  expect(await (await get('/v2/team/app/tags/list')).json()).toMatchObject({
    name: 'team/app',
    tags: ['1.0', '1.1'],
  });
});

it('tells digest, type and size of a manifest, and hands it out to those who accept its type', async () => {
  const accept = { accept: index.manifest.mediaType };
  const head = await get('/v2/team/app/manifests/1.0', accept, 'HEAD');
  const found = await get(`/v2/team/app/manifests/${index.digest}`, accept);

  expect(head.headers.get('docker-content-digest')).toBe(index.digest);
  expect(head.headers.get('content-length')).toBe(String(index.manifest.bytes.length));
  expect(Buffer.from(await found.arrayBuffer())).toEqual(index.manifest.bytes);
  expect((await get('/v2/team/app/manifests/1.0')).status).toBe(404);
  expect(
    (await get('/v2/team/app/manifests/1.0', { ...accept, 'if-none-match': `"${index.digest}"` })).status,
  ).toBe(304);
});

it('hands out blobs whole and in part', async () => {
  const bytes = Buffer.from(image.config.bytes);
  const part = await get(config, { range: 'bytes=2-5' });
  const rest = await get(config, { range: 'bytes=10-' });

  expect(Buffer.from(await (await get(config)).arrayBuffer())).toEqual(bytes);
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 2-5/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(2, 6));
  expect(Buffer.from(await rest.arrayBuffer())).toEqual(bytes.subarray(10));
  expect((await get(config, { range: 'bytes=99999-' })).status).toBe(416);
});

it.each([
  '/v2/team/other/tags/list',
  '/v2/team/app/manifests/9.9',
  `/v2/team/app/blobs/sha256:${'0'.repeat(64)}`,
  '/',
])('answers 404 for %s', async (path) => {
  expect((await get(path)).status).toBe(404);
});

it('takes no pushes', async () => {
  expect((await get('/v2/team/app/manifests/1.0', {}, 'PUT')).status).toBe(405);
});
