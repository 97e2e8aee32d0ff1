import type { RegistryCredentials } from '@plimsoll/contracts';
import { makeCertificate } from '@plimsoll/testkit';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { RegistryLimits } from '../limits.ts';
import { openRegistry } from '../open-registry.ts';

const certificate = makeCertificate('registry.internal');
if (!certificate) console.log('certificates skipped: the openssl command is missing');

type Kind = 'page' | 'no TLS' | 'untrusted' | 'closed';

/** The part of the conformance suite of providers that types a base where the product is not. */
export function testOtherBases(
  fake: () => { readonly credentials: RegistryCredentials },
  limits: Partial<RegistryLimits>,
  signal: AbortSignal,
): void {
  it.each<[string, Kind, string]>([
    ['where there is a web page', 'page', 'not-a-registry'],
    ['where nobody speaks TLS', 'no TLS', 'tls'],
    ['where nobody listens', 'closed', 'unreachable'],
  ])('tells a base %s', async (_, kind, code) => {
    const { verdict, address } = await checkThere(kind);

    expect(verdict).toMatchObject({ ok: false, code });
    expect(verdict.message).toContain(address);
  });

  it.skipIf(!certificate)('tells whose certificate it is that a base shows and nobody trusts', async () => {
    const { verdict, address } = await checkThere('untrusted');

    expect(verdict).toMatchObject({ ok: false, code: 'tls' });
    expect(verdict.message).toContain(address);
    expect(verdict.message).toMatch(
      /Its certificate is for CN=registry\.internal; .*signed by itself, valid until 2/,
    );
  });

  async function checkThere(kind: Kind) {
    const server = kind === 'untrusted' && certificate ? createTlsServer(certificate) : createServer();
    server.on('request', (_, response) => response.end('<!doctype html><title>Sign in</title>'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const stop = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    if (kind === 'closed') await stop();
    const address = `127.0.0.1:${port}`;
    const there = `${kind === 'no TLS' || kind === 'untrusted' ? 'https' : 'http'}://${address}`;
    const { credentials } = fake();
    const registryBase = credentials.registryBase?.replace(/^http:\/\/[^/]+/, there);

    // The product's other services stay where they are, at plain HTTP.
    const other = openRegistry({ ...credentials, registryBase, insecureHttp: true }, { limits });
    const verdict = await other.checkCredentials(signal);
    await other.close();
    if (kind !== 'closed') await stop();
    return { verdict, address };
  }
}
