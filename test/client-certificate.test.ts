import { createHash, X509Certificate } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseConfig } from '@plimsoll/runtime';
import { afterEach, expect, it } from 'vitest';
import { BrokerClientConfig } from '../apps/broker-client/src/config.ts';
import { outgoingRoutes } from '../apps/broker-client/src/outgoing-routes.ts';
import { makeCertificate } from '@plimsoll/testkit';
import { peerReader } from '../apps/platform/src/http/peer.ts';

// The certificate that a broker client shows is the one that the platform sees, with TLS to itself or to a proxy.

const certificate = makeCertificate('client.test');
if (!certificate) console.log('skipped: the openssl command is missing, so no certificate can be made');
const fingerprint =
  certificate && createHash('sha256').update(new X509Certificate(certificate.cert).raw).digest('hex');

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const telling = (trusted: string[]) => {
  const peerOf = peerReader(trusted);
  return (request: IncomingMessage, response: { end(text: string): unknown }) =>
    void response.end(JSON.stringify(peerOf(request)));
};

it.skipIf(!certificate)('sees the certificate that the broker client was given', async () => {
  const { cert, key, path, keyPath } = certificate!;
  const port = await listen(
    createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, telling([])),
  );
  const routes = outgoingRoutes(
    parseConfig(BrokerClientConfig, {
      BROKER_TOKEN: 'token',
      BROKER_SERVER_URL: `https://127.0.0.1:${port}`,
      BROKER_CLIENT_URL: 'http://client:7341',
      CR_AGENT_URL: 'http://agent:17500',
      CR_TYPE: 'docker-hub',
      CA_CERT: path,
      BROKER_CLIENT_CERT: path,
      BROKER_CLIENT_KEY: keyPath,
    }),
  );

  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsRequest(`https://127.0.0.1:${port}`, { agent: routes.outside.https })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });

  expect(JSON.parse(await text(answer))).toEqual({ address: '127.0.0.1', certificateSha256: fingerprint });
  expect(routes.tunnel.tls).toMatchObject({ cert, key });
  routes.close();
});

it.skipIf(!certificate).each([
  ['believes', ['127.0.0.1'], { address: '203.0.113.7', certificateSha256: fingerprint }],
  ['does not believe', [], { address: '127.0.0.1' }],
])('%s what a proxy says of the peer, by whether it is trusted', async (_name, trusted, expected) => {
  const port = await listen(createServer(telling(trusted)));

  const answer = await new Promise<IncomingMessage>((resolve) => {
    const headers = {
      'x-forwarded-for': '203.0.113.7',
      'x-ssl-client-cert': encodeURIComponent(certificate!.cert),
    };
    httpRequest(`http://127.0.0.1:${port}`, { headers }).on('response', resolve).end();
  });

  expect(JSON.parse(await text(answer))).toEqual(expected);
});

it('takes no certificate from a header that holds none', async () => {
  const port = await listen(createServer(telling(['127.0.0.1'])));

  const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { 'x-ssl-client-cert': '%zz' } });

  expect(await answer.json()).toEqual({ address: '127.0.0.1' });
});
