import { ecrRoutes, startTestRegistry, type Answer, type RecordedRequest } from '@plimsoll/testkit';
import { expect, it, vi } from 'vitest';
import { ecr } from './ecr.ts';
import { testProvider } from './provider.conformance.ts';
import { fixtureOf } from './testing-fixture.ts';

const role = { roleArn: 'arn:aws:iam::123456789012:role/reader', externalId: 'ext-42' };

const expired = (answer: Answer): Answer => ({
  ...answer,
  status: 400,
  body: JSON.stringify({ __type: 'ExpiredTokenException', message: 'expired' }),
});

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
    // The SDK finds its credentials and its services as it does anywhere.
    vi.stubEnv('AWS_ENDPOINT_URL_ECR', server.origin);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', server.origin);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-test');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
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

it.each([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', undefined, '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  [undefined, 'eu-west-1', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  [undefined, undefined, undefined],
  ['public.ecr.aws', undefined, 'public.ecr.aws'],
])('reads the base %s with region %s', (registryBase, region, expected) => {
  expect(ecr.base({ type: 'ecr', registryBase, roleArn: role.roleArn, extra: { region } })).toBe(expected);
});

it.each([
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  'https://123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/',
  '123456789012.dkr-ecr.eu-west-1.on.aws',
])('knows the region of %s', (registryBase) => {
  expect(ecr.hosts?.({ type: 'ecr', registryBase })).toContain('sts.eu-west-1.amazonaws.com');
});
