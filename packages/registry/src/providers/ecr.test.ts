import {
  addImage,
  buildImage,
  ecrRoutes,
  startTestRegistry,
  withStatus,
  type Answer,
  type PlannedFault,
  type RecordedRequest,
} from '@plimsoll/testkit';
import { expect, it, vi } from 'vitest';
import { openRegistry } from '../open-registry.ts';
import { ecr } from './ecr.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const role = { roleArn: 'arn:aws:iam::123456789012:role/reader', externalId: 'ext-42' };

const signal = new AbortController().signal;

const expired = (answer: Answer): Answer => ({
  ...answer,
  status: 400,
  body: JSON.stringify({ __type: 'ExpiredTokenException', message: 'expired' }),
});

/** The SDK finds its credentials and its services as it does anywhere. */
function stubAws(origin: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_ECR', origin);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', origin);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-test');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

/** Everything goes to one address of AWS. Tokens and roles are asked for there too. */
const isListing = ({ headers }: RecordedRequest) =>
  String(headers['x-amz-target']).endsWith('.DescribeRepositories');

testProvider(
  'ecr',
  { pushedAtKind: 'manifest', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async ({ password }) => {
    const server = await startTestRegistry({
      authentication: { kind: 'basic', username: 'AWS', password },
      routes: ecrRoutes({ password, accessKey: 'AKIATEST', ...role }),
    });
    stubAws(server.origin);
    const extra = { region: 'eu-west-1', externalId: role.externalId };
    const credentials = { type: 'ecr', registryBase: server.base, roleArn: role.roleArn, extra } as const;
    return {
      ...fixtureOf(server, credentials, /^\/$/, expired, isListing),
      wrong: { extra: { ...extra, externalId: 'not-the-password' } },
      async stop() {
        vi.unstubAllEnvs();
        await server.stop();
      },
    };
  },
);

it('leaves out images that were archived, and says so', async () => {
  const password = 'token-of-ecr';
  const [kept, gone] = await Promise.all([
    buildImage({ layers: [] }),
    buildImage({ layers: [], annotations: { of: 'yesterday' } }),
  ]);
  const server = await startTestRegistry({
    authentication: { kind: 'basic', username: 'AWS', password },
    routes: ecrRoutes({ password, accessKey: 'AKIATEST', ...role, archived: new Set([gone.digest]) }),
  });
  addImage(server.content, 'team/app', 'kept', kept);
  addImage(server.content, 'team/app', 'gone', gone);
  stubAws(server.origin);
  const extra = { region: 'eu-west-1', externalId: role.externalId };
  const registry = openRegistry({ type: 'ecr', registryBase: server.base, roleArn: role.roleArn, extra });
  const listing = await registry.listTags('team/app', { limit: 10 }, signal);
  await Promise.all([registry.close(), server.stop()]);
  vi.unstubAllEnvs();

  expect(listing.tags.map(({ name }) => name)).toEqual(['kept']);
  expect(listing).toMatchObject({ complete: true, warnings: [expect.stringContaining('1 archived images')] });
});

/** Reads tags by name twice, through `/v2/`, and tells what AWS was asked for. */
async function readTwice(life: { tokenSeconds?: number; roleSeconds?: number }, fault?: PlannedFault) {
  const password = 'token-of-ecr';
  const server = await startTestRegistry({
    authentication: { kind: 'basic', username: 'AWS', password },
    routes: ecrRoutes({ password, accessKey: 'AKIATEST', ...role, ...life }),
  });
  addImage(server.content, 'team/app', '1.0', await buildImage({ layers: [] }));
  if (fault) server.faults.add(fault);
  stubAws(server.origin);
  const extra = { region: 'eu-west-1', externalId: role.externalId };
  const registry = openRegistry({ type: 'ecr', registryBase: server.base, roleArn: role.roleArn, extra });
  await registry.resolve('team/app', '1.0', signal);
  await registry.resolve('team/app', '1.0', signal);
  await Promise.all([registry.close(), server.stop()]);
  vi.unstubAllEnvs();
  const roles = server.requests.filter(({ body }) => body.includes('Action=AssumeRole')).length;
  const tokens = server.requests.filter(({ headers }) =>
    String(headers['x-amz-target']).endsWith('.GetAuthorizationToken'),
  ).length;
  const refused = server.requests.filter(
    ({ url, headers }) => url.pathname.startsWith('/v2/') && headers.authorization === undefined,
  ).length;
  return { roles, tokens, refused };
}

it('asks for a role and a token once while they last', async () => {
  expect(await readTwice({})).toEqual({ roles: 1, tokens: 1, refused: 0 });
});

it('replaces a role and a token before they end', async () => {
  const asked = await readTwice({ tokenSeconds: 0, roleSeconds: 60 });

  expect(asked).toMatchObject({ tokens: 2, refused: 0 });
  // The SDK replaces a role some minutes before its end.
  expect(asked.roles).toBeGreaterThan(1);
});

it('goes on with a new token where the old one has run out, which ECR says with 403', async () => {
  const fault = { path: /manifests/, fault: withStatus(403), times: 1 };

  expect(await readTwice({}, fault)).toEqual({ roles: 1, tokens: 2, refused: 0 });
});

it.each([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', undefined, '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  [undefined, 'eu-west-1', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  [undefined, undefined, undefined],
  ['public.ecr.aws', undefined, 'public.ecr.aws'],
])('reads the base %s with region %s', (registryBase, region, expected) => {
  expect(ecr.base({ type: 'ecr', registryBase, roleArn: role.roleArn, extra: { region } })).toBe(expected);
});

it.each([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'sts.eu-west-1.amazonaws.com'],
  ['https://123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/', 'ecr-fips.us-east-1.amazonaws.com'],
  ['123456789012.dkr-ecr.eu-west-1.on.aws', 'ecr.eu-west-1.api.aws'],
  ['123456789012.dkr-ecr-fips.us-east-1.on.aws', 'ecr-fips.us-east-1.api.aws'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'sts.cn-north-1.amazonaws.com.cn'],
])('trusts the services of AWS that belong to %s', (registryBase, host) => {
  expect(ecr.hosts?.({ type: 'ecr', registryBase })).toContain(host);
});
