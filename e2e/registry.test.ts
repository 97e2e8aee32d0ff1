import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RegistryCredentials } from '@plimsoll/contracts';
import { openRegistry, type Registry, type RegistryOptions } from '@plimsoll/registry';
import { buildImage, buildIndex, writeLayout } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate, type Certificate } from './support/certificate.ts';
import {
  startDockerRegistry,
  type DockerRegistry,
  type DockerRegistryOptions,
} from './support/docker-registry.ts';
import { missingPrograms, runProgram } from './support/programs.ts';
import { pushImage, skopeoJson } from './support/skopeo.ts';
import { startTokenServer, type TokenServer } from './support/token-server.ts';

const missing = missingPrograms('docker-registry', 'skopeo', 'htpasswd', 'openssl');
if (missing.length > 0) console.log(`registry.test.ts skipped: not installed: ${missing.join(', ')}`);

const user = { username: 'reader', password: 'correct horse' };
const signal = new AbortController().signal;
const tags = ['1.0', '1.1', '2.0', 'latest', 'multi'];
/** Written by skopeo in the format of docker: schema 2. */
const dockerTag = 'docker';

describe.skipIf(missing.length > 0)('docker-registry', () => {
  let dir: string;
  let dataDir: string;
  let certificate: Certificate;
  const stops: (() => Promise<unknown>)[] = [];

  // One folder of data, behind registries of every kind.
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-registry-'));
    certificate = await createCertificate(dir);
    const plain = await serve({});
    dataDir = plain.dataDir;
    const content = Buffer.alloc(3_000_000, 'plimsoll');
    const layers = [
      { files: [{ path: 'a', content }] },
      { files: [{ path: 'b', content }], mediaType: 'zstd' as const },
      { files: [{ path: 'c', content }], mediaType: 'plain' as const },
    ];
    const amd64 = await buildImage({ layers });
    const arm64 = await buildImage({ layers: layers.slice(0, 1), platform: 'linux/arm64/v8' });
    const layout = join(dir, 'layout');
    await writeLayout(layout, [
      { name: 'amd64', image: amd64 },
      { name: 'arm64', image: arm64 },
      { name: 'multi', image: buildIndex([arm64, amd64]) },
    ]);
    for (const tag of tags) {
      const name = tag === 'multi' ? 'multi' : 'amd64';
      await pushImage({ dir: layout, name }, plain, `team/app:${tag}`);
    }
    const toDocker = `oci:${layout}:arm64 docker://${plain.host}/team/app:${dockerTag}`.split(' ');
    const flags = '--insecure-policy copy --quiet --format=v2s2 --dest-tls-verify=false'.split(' ');
    await runProgram('skopeo', [...flags, ...toDocker]);
    await pushImage({ dir: layout, name: 'amd64' }, plain, 'a/deeply/nested/name:1');
  });

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function serve(options: DockerRegistryOptions): Promise<DockerRegistry> {
    const registry = await startDockerRegistry({ ...(dataDir && { dataDir }), ...options });
    stops.push(() => registry.stop());
    return registry;
  }

  function open(credentials: Partial<RegistryCredentials>, options: RegistryOptions = {}): Registry {
    const registry = openRegistry({ type: 'oci', ...credentials }, options);
    stops.push(() => registry.close());
    return registry;
  }

  /** Lists and reads everything, and compares it with what skopeo says of the same registry. */
  async function expectWhatSkopeoSees(ours: Registry, registry: Pick<DockerRegistry, 'host'>) {
    const { repositories } = await ours.listRepositories({ limit: 1_000 }, signal);
    expect(repositories).toEqual([{ name: 'a/deeply/nested/name' }, { name: 'team/app' }]);

    const skopeo = (command: string[], name: string) => skopeoJson(command, registry, name, user);
    const listed = await ours.listTags('team/app', { limit: 1_000 }, signal);
    const theirs = (await skopeo(['list-tags'], 'team/app')) as { Tags: string[] };
    expect(listed.tags.map(({ name }) => name).toSorted()).toEqual(theirs.Tags.toSorted());

    for (const tag of [...tags, dockerTag]) {
      const inspected = (await skopeo(
        ['inspect', '--override-os=linux', '--override-arch=amd64'],
        `team/app:${tag}`,
      )) as {
        Digest: string;
        Layers: string[];
      };
      const image = await ours.readImage('team/app', tag, 'linux/amd64', signal);
      expect((await ours.resolve('team/app', tag, signal)).digest).toBe(inspected.Digest);
      expect(image.indexDigest ?? image.digest).toBe(inspected.Digest);
      expect(image.layers.map(({ digest }) => digest)).toEqual(inspected.Layers);
      for (const layer of image.layers) {
        let size = 0;
        for await (const chunk of ours.openBlob('team/app', layer, signal)) size += chunk.length;
        expect(size).toBe(layer.sizeBytes);
      }
    }
  }

  it('is read with user name and password over TLS of its own authority', async () => {
    const registry = await serve({ basic: user, tls: certificate });
    const ca = [await readFile(certificate.certificateFile, 'utf8')];
    const credentials = { registryBase: registry.base, ...user };
    const ours = open(credentials, { ca });

    expect(await ours.checkCredentials(signal)).toMatchObject({ code: 'ok' });
    expect(await open(credentials).checkCredentials(signal)).toMatchObject({ code: 'tls' });
    const wrong = open({ ...credentials, password: 'wrong' }, { ca });
    expect(await wrong.checkCredentials(signal)).toMatchObject({ code: 'unauthorized' });
    await expectWhatSkopeoSees(ours, registry);
  });

  it('is read with bearer tokens, one for each scope', async () => {
    const tokens: TokenServer = await startTokenServer(certificate, user);
    stops.push(() => tokens.stop());
    const registry = await serve({ token: tokens.registryConfig });
    const ours = open({ registryBase: registry.base, ...user });

    expect(await ours.checkCredentials(signal)).toMatchObject({ code: 'ok' });
    const wrong = open({ registryBase: registry.base, ...user, password: 'wrong' });
    expect(await wrong.checkCredentials(signal)).toMatchObject({ code: 'unauthorized' });
    const before = tokens.requestedScopes.length;
    await ours.listTags('team/app', { limit: 10 }, signal);
    await ours.readImage('team/app', 'multi', undefined, signal);
    expect(tokens.requestedScopes.slice(before)).toEqual([['repository:team/app:pull']]);
    await expectWhatSkopeoSees(ours, registry);
  });

  it('is read below a path', async () => {
    const prefix = '/artifactory/api/docker/local';
    const registry = await serve({ prefix: `${prefix}/` });
    const ours = open({ registryBase: registry.base + prefix });
    const { tags: found } = await ours.listTags('team/app', { limit: 2 }, signal);

    expect(await ours.checkCredentials(signal)).toMatchObject({ code: 'ok' });
    expect(found.map(({ name }) => name)).toEqual(['1.0', '1.1']);
    await expectWhatSkopeoSees(ours, await serveAtRoot(registry, prefix));
  });

  /** skopeo knows no paths before `/v2/`, so it comes through a proxy that puts them there, as those of such products do. */
  async function serveAtRoot({ base }: DockerRegistry, prefix: string) {
    const proxy = createServer((incoming, response) => {
      const { method, headers, url = '' } = incoming;
      const outgoing = request(base + prefix + url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        pipeline(answer, response).catch(() => response.destroy());
      });
      outgoing.on('error', () => response.destroy()).end();
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    stops.push(() => new Promise((resolve) => proxy.close(resolve)));
    return { host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  it('is read through its redirects to object storage, which gets no credentials', async () => {
    let isRefused = false;
    const storage = createServer((request, response) => {
      // As S3 does with a signed address and an authorization header together.
      isRefused ||= request.headers.authorization !== undefined;
      const file = join(dataDir, new URL(request.url ?? '/', 'http://x').pathname);
      pipeline(createReadStream(file), response).catch(() => response.destroy());
    });
    await once(storage.listen(0, '127.0.0.1'), 'listening');
    stops.push(() => new Promise((resolve) => storage.close(resolve)));
    const { port } = storage.address() as AddressInfo;
    const registry = await serve({ basic: user, redirectBlobsTo: `http://127.0.0.1:${port}/` });
    const ours = open({ registryBase: registry.base, ...user });

    await expectWhatSkopeoSees(ours, registry);
    expect(isRefused).toBe(false);
  });

  it('is entered with a client certificate', async () => {
    const client = await createCertificate(dir, 'scanner');
    const registry = await serve({ tls: certificate, clientCertificate: client });
    const ca = [await readFile(certificate.certificateFile, 'utf8')];
    const clientCertificate = {
      cert: await readFile(client.certificateFile, 'utf8'),
      key: await readFile(client.keyFile, 'utf8'),
    };
    const credentials = { registryBase: registry.base };

    expect(await open(credentials, { ca, clientCertificate }).checkCredentials(signal)).toMatchObject({
      code: 'ok',
    });
    const stranger = await open(credentials, { ca }).checkCredentials(signal);
    expect(stranger).toMatchObject({ code: 'tls', message: expect.stringContaining('REGISTRY_CLIENT_CERT') });
  });

  it('is read through a pull-through cache, whose list is empty', async () => {
    const upstream = await serve({});
    const cache = await serve({ remote: upstream.base, dataDir: join(dir, 'cache') });
    const empty = await open({ registryBase: cache.base }).listRepositories({ limit: 10 }, signal);
    const repositories = ['a/deeply/nested/name', 'team/app'];
    const ours = open({ registryBase: cache.base, extra: { repositories } });

    expect(empty.repositories).toEqual([]);
    expect(await ours.checkCredentials(signal)).toMatchObject({ code: 'ok' });
    await expectWhatSkopeoSees(ours, cache);
  });

  it('pages through a catalog by its links', async () => {
    const registry = await serve({});
    const ours = open({ registryBase: registry.base });
    const first = await ours.listRepositories({ limit: 1 }, signal);
    const second = await ours.listRepositories({ limit: 1, cursor: first.nextCursor ?? '' }, signal);

    expect(first.repositories).toEqual([{ name: 'a/deeply/nested/name' }]);
    expect(second.repositories).toEqual([{ name: 'team/app' }]);
    expect(second.nextCursor).toBeUndefined();
  });
});
