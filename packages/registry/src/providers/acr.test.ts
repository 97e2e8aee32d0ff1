import {
  acrAuthentication,
  acrExchange,
  acrRoutes,
  addImage,
  buildImage,
  startTestRegistry,
} from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';
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

it('reads no further than to what was pushed before, where Azure sorts by time', async () => {
  const reader = { username: 'reader', password: 'correct-horse-battery' };
  const server = await startTestRegistry({
    authentication: acrAuthentication(reader),
    innerRoutes: acrRoutes,
  });
  const image = await buildImage({ layers: [] });
  const day = (number: number) => new Date(Date.UTC(2024, 0, 1 + number));
  // A tag a day, for more than a year.
  for (let number = 0; number < 500; number++) {
    const tag = `v${String(number).padStart(3, '0')}`;
    addImage(server.content, 'team/app', tag, image, day(number).toISOString());
  }
  const registry = openRegistry({ type: 'acr', registryBase: server.base, ...reader });
  const page = { limit: 1_000, pushedSince: day(450) };
  const listing = await registry.listTags('team/app', page, new AbortController().signal);
  await Promise.all([registry.close(), server.stop()]);

  expect(listing.tags).toHaveLength(50);
  expect(listing).toMatchObject({ complete: true, warnings: [] });
  const asked = server.requests.filter(
    ({ url, headers }) => /_tags/.test(url.pathname) && headers.authorization,
  );
  expect(asked).toHaveLength(1);
});
