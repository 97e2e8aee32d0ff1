import { acrAuthentication, acrExchange, acrRoutes, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const traits = { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true } as const;

testProvider('acr', traits, async (user) => {
  const server = await startTestRegistry({
    authentication: acrAuthentication(user),
    innerRoutes: acrRoutes,
  });
  return fixtureOf(server, { type: 'acr', registryBase: server.base, ...user }, /_catalog/);
});

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2VhbA`;
const refresh = jwt({ iss: 'Azure Container Registry', grant_type: 'refresh_token' });
const entra = jwt({ iss: 'https://sts.windows.net/tenant-1/', tid: 'tenant-1' });
const user = '00000000-0000-0000-0000-000000000000';

testProvider('acr with a refresh token', traits, async ({ password }) => {
  const server = await startTestRegistry({
    authentication: acrAuthentication({ username: 'nobody', password, refreshToken: refresh }),
    innerRoutes: acrRoutes,
  });
  const credentials = { type: 'acr', registryBase: server.base, username: user, password: refresh } as const;
  return fixtureOf(server, credentials, /_catalog/);
});

testProvider('acr with a token of Microsoft Entra', traits, async ({ password }) => {
  const server = await startTestRegistry({
    authentication: acrAuthentication({ username: 'nobody', password, refreshToken: refresh }),
    routes: acrExchange({ tenant: 'tenant-1', entra, refresh }),
    innerRoutes: acrRoutes,
  });
  const credentials = { type: 'acr', registryBase: server.base, username: user, password: entra } as const;
  const wrong = { password: jwt({ tid: 'tenant-1', sub: 'not-the-password' }) };
  return { ...fixtureOf(server, credentials, /_catalog/), wrong };
});
