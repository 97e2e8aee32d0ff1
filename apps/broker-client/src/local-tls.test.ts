import { copyFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { createLogger } from '@plimsoll/runtime';
import { readKeyPair, reloadKeyPair } from './local-tls.ts';
import { makeCertificate } from '@plimsoll/testkit';

const [before, after] = [makeCertificate('before.test'), makeCertificate('after.test')];
if (!before || !after) console.log('skipped: the openssl command is missing, so no certificate can be made');

async function servedName(port: number): Promise<unknown> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

it.skipIf(!before || !after)('serves with the new certificate once the files have changed', async () => {
  const config = { HTTPS_CERT: before!.path, HTTPS_KEY: before!.keyPath };
  const reloaded = Promise.withResolvers<void>();
  const log = createLogger({
    name: 'test',
    level: 'info',
    write: (line) => line.includes('certificate reloaded') && reloaded.resolve(),
  });
  const keyPair = readKeyPair(config)!;
  const server = createServer(keyPair);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = reloadKeyPair(server, config, keyPair, log, 5);

  const first = await servedName(port);
  copyFileSync(after!.keyPath, before!.keyPath);
  copyFileSync(after!.path, before!.path);
  await reloaded.promise;
  const second = await servedName(port);

  stop();
  server.close();
  expect([first, second]).toEqual(['before.test', 'after.test']);
});

it.skipIf(!before || !after)('refuses a key that does not belong to the certificate', () => {
  const other = makeCertificate('other.test')!;
  const third = makeCertificate('third.test')!;

  expect(() => readKeyPair({ HTTPS_CERT: other.path, HTTPS_KEY: third.keyPath })).toThrow(
    /HTTPS_CERT, HTTPS_KEY/,
  );
});

it('refuses files that are not there', () => {
  expect(() => readKeyPair({ HTTPS_CERT: '/nowhere', HTTPS_KEY: '/nowhere' })).toThrow(/ENOENT/);
});
