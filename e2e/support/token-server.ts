import { createSign, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.ts';

export type TokenServer = {
  /** What a docker-registry is configured with. */
  readonly registryConfig: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificateFile: string;
  };
  /** The scopes asked for, one entry per request, in order. */
  readonly requestedScopes: readonly string[][];
  stop(): Promise<void>;
};

/** How long a token is good for, seconds. */
const tokenSeconds = 300;

/**
 * Starts a token server (distribution's token authentication): one user, who may do everything. Tokens are
 * RS256 JWTs that carry the certificate in `x5c`, which is the form that docker-registry 2.8 can verify.
 */
export async function startTokenServer(
  certificate: Certificate,
  user: { username: string; password: string },
): Promise<TokenServer> {
  const sign = await tokenSigner(certificate);
  const requestedScopes: string[][] = [];
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    // docker-registry's clients send several scopes as several parameters or in one, apart by spaces.
    const scopes = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    requestedScopes.push(scopes);
    const isKnown = request.headers.authorization === expected;
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        isKnown
          ? { token: sign(user.username, scopes), expires_in: tokenSeconds }
          : { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
      ),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    registryConfig: {
      realm: `http://127.0.0.1:${port}/token`,
      service,
      issuer,
      certificateFile: certificate.certificateFile,
    },
    requestedScopes,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const service = 'test-registry';
const issuer = 'test-issuer';

async function tokenSigner({ certificateFile, keyFile }: Certificate) {
  const key = await readFile(keyFile);
  const x5c = (await readFile(certificateFile, 'utf8')).replaceAll(/-----[^-]+-----|\s/g, '');
  const header = { typ: 'JWT', alg: 'RS256', x5c: [x5c] };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return (subject: string, scopes: string[]) => {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.flatMap((scope) => {
      const [, type, name, actions] = /^([a-z]+):(.+):([^:]*)$/.exec(scope) ?? [];
      return type && name ? [{ type, name, actions: (actions ?? '').split(',') }] : [];
    });
    const times = { exp: now + tokenSeconds, nbf: now - 10, iat: now };
    const claims = { iss: issuer, sub: subject, aud: service, jti: randomUUID(), ...times, access };
    const body = `${encode(header)}.${encode(claims)}`;
    return `${body}.${createSign('RSA-SHA256').update(body).sign(key, 'base64url')}`;
  };
}
