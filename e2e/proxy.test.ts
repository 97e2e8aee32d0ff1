import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openRegistry, type RegistryOptions } from '@plimsoll/registry';
import { addImage, buildImage, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate } from './support/certificate.ts';
import { unusedPort } from './support/plimsoll.ts';
import { missingPrograms } from './support/programs.ts';

const missing = missingPrograms('tinyproxy', 'openssl');
if (missing.length > 0) console.log(`proxy.test.ts skipped: not installed: ${missing.join(', ')}`);

const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const image = await buildImage({ layers: [{ files: [{ path: 'f', content: 'plimsoll' }] }] });

// Debian's tinyproxy, which wants a name and a password of its own.
describe.skipIf(missing.length > 0)('a proxy', () => {
  let dir: string;
  let ca: string;
  let address: string;
  let proxy: ChildProcess;
  const registries: TestRegistry[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-proxy-'));
    const certificate = await createCertificate(dir);
    ca = await readFile(certificate.certificateFile, 'utf8');
    const tls = { cert: ca, key: await readFile(certificate.keyFile, 'utf8') };
    registries.push(await startRegistry({}), await startRegistry({ tls }));
    const port = await unusedPort();
    const file = join(dir, 'tinyproxy.conf');
    const log = join(dir, 'tinyproxy.log');
    await writeFile(
      file,
      `Port ${port}\nListen 127.0.0.1\nBasicAuth proxyuser proxy-secret\nLogFile "${log}"\nTimeout 60\n`,
    );
    proxy = spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' });
    address = `127.0.0.1:${port}`;
    await listening(port);
  });

  afterAll(async () => {
    for (const registry of registries) await registry.stop();
    proxy.kill('SIGTERM');
    await once(proxy, 'exit');
    await rm(dir, { recursive: true, force: true });
  });

  async function startRegistry(options: object): Promise<TestRegistry> {
    const registry = await startTestRegistry({ authentication: { kind: 'bearer', ...user }, ...options });
    addImage(registry.content, 'team/app', '1.0', image);
    return registry;
  }

  async function read(registryBase: string, proxyOptions: NonNullable<RegistryOptions['proxy']>) {
    const registry = openRegistry({ type: 'oci', registryBase, ...user }, { ca: [ca], proxy: proxyOptions });
    try {
      const verdict = await registry.checkCredentials(signal);
      if (!verdict.ok) return verdict;
      const { layers } = await registry.readImage('team/app', '1.0', undefined, signal);
      for (const layer of layers)
        for await (const _ of registry.openBlob('team/app', layer, signal)) continue;
      return verdict;
    } finally {
      await registry.close();
    }
  }

  const connections = async () =>
    (await readFile(join(dir, 'tinyproxy.log'), 'utf8')).match(/Connect \(/g)?.length ?? 0;

  it.each([
    ['HTTP', 0],
    ['HTTPS', 1],
  ])('is gone through to a registry of %s, with name and password', async (_, index) => {
    const before = await connections();
    const through = `http://proxyuser:proxy-secret@${address}`;

    expect(await read(registries[index]?.base ?? '', { http: through, https: through })).toMatchObject({
      code: 'ok',
    });
    expect(await connections()).toBeGreaterThan(before);
  });

  it.each([0, 1])('that refuses our password is told, and nothing goes past it (%i)', async (index) => {
    const registry = registries[index];
    const before = registry?.requests.length;
    const wrong = `http://proxyuser:not-the-secret@${address}`;
    const verdict = await read(registry?.base ?? '', { http: wrong, https: wrong });

    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.message).not.toContain('not-the-secret');
    expect(registry?.requests.length).toBe(before);
  });

  it('is passed by to hosts that NO_PROXY names', async () => {
    const before = await connections();
    const wrong = `http://proxyuser:not-the-secret@${address}`;

    expect(
      await read(registries[1]?.base ?? '', { http: wrong, https: wrong, no: '127.0.0.1' }),
    ).toMatchObject({ code: 'ok' });
    expect(await connections()).toBe(before);
  });
});

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await pause(50);
  }
  throw new Error('tinyproxy did not start');
}
