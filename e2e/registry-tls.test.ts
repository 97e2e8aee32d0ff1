import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { AgentConfig } from '@plimsoll/agent';
import { openRegistry, type RegistryOptions } from '@plimsoll/registry';
import { parseConfig } from '@plimsoll/runtime';
import { addImage, buildImage, redirectedTo, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate, type Certificate } from './support/certificate.ts';
import { missingPrograms } from './support/programs.ts';

const missing = missingPrograms('openssl');
if (missing.length > 0) console.log(`registry-tls.test.ts skipped: not installed: ${missing.join(', ')}`);

const signal = new AbortController().signal;
const image = await buildImage({ layers: [] });
const config = { digest: image.config.digest, sizeBytes: image.config.bytes.length };

describe.skipIf(missing.length > 0)('certificates', () => {
  let dir: string;
  let server: Certificate;
  let client: Certificate;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-tls-'));
    server = await createCertificate(dir, 'registry.internal');
    client = await createCertificate(dir, 'scanner');
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const pair = async ({ certificateFile, keyFile }: Certificate) => ({
    cert: await readFile(certificateFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  });

  async function start(more: object = {}): Promise<TestRegistry> {
    const registry = await startTestRegistry({ tls: { ...(await pair(server)), ...more } });
    addImage(registry.content, 'team/app', '1.0', image);
    stops.push(() => registry.stop());
    return registry;
  }

  function open({ base }: TestRegistry, options: RegistryOptions) {
    const registry = openRegistry({ type: 'oci', registryBase: base }, options);
    stops.push(() => registry.close());
    return registry;
  }

  const authority = async () => [await readFile(server.certificateFile, 'utf8')];

  it('tells whose certificate it is that is not trusted', async () => {
    const verdict = await open(await start(), {}).checkCredentials(signal);

    expect(verdict).toMatchObject({ ok: false, code: 'tls' });
    expect(verdict.message).toMatch(
      /CN=registry\.internal; .*DNS:localhost.*, signed by itself, valid until 2/,
    );
  });

  it('tells a certificate for another name', async () => {
    const registry = await start();
    const base = registry.base.replace('127.0.0.1', 'localhost.localdomain');
    const resolve = (_: string, __: unknown, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    const egress = { resolve: resolve as never };
    const verdict = await open({ ...registry, base }, { ca: await authority(), egress }).checkCredentials(
      signal,
    );

    expect(verdict).toMatchObject({ ok: false, code: 'tls', message: expect.stringContaining('ALTNAME') });
    expect(verdict.message).toContain('DNS:localhost');
  });

  it('sends nothing to a server that is not trusted', async () => {
    const registry = await start();
    await open(registry, {}).checkCredentials(signal);

    expect(registry.requests).toEqual([]);
  });

  it('takes any certificate only when asked for twice', async () => {
    const registry = await start();
    const off = { TLS_REJECT_UNAUTHORIZED: '0' };

    expect(await open(registry, { verifyCertificates: false }).checkCredentials(signal)).toMatchObject({
      ok: true,
    });
    expect(() => parseConfig(AgentConfig, off)).toThrow(/ALLOW_UNVERIFIED_TLS=true as well/);
    expect(parseConfig(AgentConfig, { ...off, ALLOW_UNVERIFIED_TLS: 'true' }).TLS_REJECT_UNAUTHORIZED).toBe(
      false,
    );
  });

  it('does not take the word of Node for it', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const verdict = await open(await start(), {}).checkCredentials(signal);
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];

    expect(verdict).toMatchObject({ code: 'tls' });
  });

  it('shows its certificate to a registry that asks for one', async () => {
    const clientCertificate = await pair(client);
    const registry = await start({ ca: clientCertificate.cert, requestCert: true, rejectUnauthorized: true });
    const ca = await authority();

    expect(await open(registry, { ca, clientCertificate }).checkCredentials(signal)).toMatchObject({
      ok: true,
    });
  });

  it('shows its certificate to nobody else', async () => {
    const shown: object[] = [];
    const storage = await startStorage((socket) => shown.push(socket.getPeerCertificate()));
    const registry = await start();
    const { port } = storage.address() as AddressInfo;
    registry.faults.add({ path: /\/blobs\//, fault: redirectedTo(`https://localhost:${port}/`) });
    const options = { ca: await authority(), clientCertificate: await pair(client) };
    for await (const _ of open(registry, options).openBlob('team/app', config, signal)) continue;

    expect(shown).toEqual([{}]);
  });

  async function startStorage(see: (socket: TLSSocket) => void): Promise<Server> {
    const options = { ...(await pair(server)), requestCert: true, rejectUnauthorized: false };
    const storage = createServer(options, (request, response) => {
      see(request.socket as TLSSocket);
      response.end(image.config.bytes);
    });
    await once(storage.listen(0, 'localhost'), 'listening');
    stops.push(() => new Promise((resolve) => storage.close(resolve)));
    return storage;
  }
});
