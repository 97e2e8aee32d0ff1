import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentOf, DryRunJob, ImportPolicyResource } from '@plimsoll/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { applyPolicy, dryRun, policies } from './testing-seed-examples.ts';

// What users of the API have in their scripts must work, and go on working.

let platform: TestPlatform;
let integrationId: string;

beforeAll(async () => {
  platform = await startTestPlatform();
});

afterAll(() => platform.stop());

beforeEach(async () => {
  const integration = await platform.db
    .insertInto('integration')
    .values({ org_id: platform.orgId, type: 'oci', profile_name: 'Test' })
    .returning('id')
    .executeTakeFirstOrThrow();
  integrationId = integration.id;
});

/** Where the policy of the integration is, in the words of the examples. */
const policyUrl = 'https://api.snyk.io/rest/orgs/{org_id}/container_import/{integration_id}/policy';

/** A request with curl in the form of the examples. */
function curl(method: string, url: string, policy?: string): string {
  const document = `{"data":{"type":"container_registry_import_policy","attributes":{"policy":${policy}}}}`;
  return `curl -X ${method} "${url}${url.includes('?') ? '&' : '?'}version=2025-09-17" \\
  -H "Authorization: token {api_token}" \\
  -H "Content-Type: application/vnd.api+json"${policy === undefined ? '' : ` \\\n  -d '${document}'`}
`;
}

/** Runs an example in a shell; answers with the body and, from the line that is added, the status. */
async function runExample(example: string): Promise<{ status: number; body: unknown }> {
  const { port } = platform.app.server.address() as AddressInfo;
  const script = example
    .replaceAll('https://api.snyk.io', `http://127.0.0.1:${port}`)
    .replaceAll('{org_id}', platform.orgId)
    .replaceAll('{integration_id}', integrationId)
    .replaceAll(/\{(?:snyk_)?api_token\}/g, platform.adminToken);
  const quiet = `curl() { command curl -s --noproxy '*' -w '\\n%{http_code}' "$@"; }\n`;
  const { stdout } = await promisify(execFile)('bash', ['-c', quiet + script], { timeout: 20_000 });
  const end = stdout.lastIndexOf('\n');
  const text = stdout.slice(0, end);
  return { status: Number(stdout.slice(end)), body: text === '' ? undefined : JSON.parse(text) };
}

function dryRunUrl(version = '2025-09-17'): string {
  return `/rest/orgs/${platform.orgId}/container_import/${integrationId}/policy/dry_run?version=${version}`;
}

const body = {
  data: {
    type: 'container_registry_import_policy',
    attributes: { policy: { name: 'x', import_policy: { type: 'ImportAll' } } },
  },
};

it.skipIf(!hasCurl())('starts the dry run of the example', async () => {
  const { status, body: answer } = await runExample(dryRun);

  expect(status).toBe(202);
  expect(answer).toMatchObject({ data: { type: 'dry_run_job', attributes: { status: 'pending' } } });
});

it.skipIf(!hasCurl())('applies the policy of the example', async () => {
  const { status, body: answer } = await runExample(applyPolicy);

  expect(status).toBe(201);
  expect(documentOf(ImportPolicyResource).parse(answer).data).toEqual({
    id: integrationId,
    type: 'container_registry_import_policy',
    attributes: {
      policy: {
        name: 'Import my-app repository',
        schedule_frequency_hours: 48,
        delete_images: false,
        import_policy: {
          name: 'Regex policy for my-app',
          type: 'Regex',
          policy: { repo: '^mycompany/my-app$' },
        },
      },
    },
  });
});

it.skipIf(!hasCurl()).each(Object.entries(policies))(
  'takes the policy "%s" and gives it back, and tells what it would do',
  async (name, policy) => {
    const put = await runExample(curl('POST', policyUrl, policy));
    const got = await runExample(curl('GET', policyUrl));
    const tried = await runExample(curl('POST', `${policyUrl}/dry_run`, policy));
    const { data } = documentOf(ImportPolicyResource).parse(got.body);

    expect([put.status, got.status, tried.status]).toEqual([201, 200, 202]);
    expect(withoutNames(data.attributes.policy)).toEqual(
      withoutNames({ schedule_frequency_hours: 24, delete_images: false, ...JSON.parse(policy) }),
    );
    expect(data.attributes.policy.name).toBe(name);
  },
);

it.skipIf(!hasCurl())('changes a policy in part, and removes it', async () => {
  await runExample(applyPolicy);
  const patched = await runExample(curl('PATCH', policyUrl, '{"schedule_frequency_hours":2}'));
  const removed = await runExample(curl('DELETE', policyUrl));

  expect(patched.body).toMatchObject({
    data: { attributes: { policy: { name: 'Import my-app repository', schedule_frequency_hours: 2 } } },
  });
  expect([patched.status, removed.status, removed.body]).toEqual([200, 204, undefined]);
  expect((await runExample(curl('GET', policyUrl))).status).toBe(404);
});

it('has every example of the documentation that it follows, where that is at hand', () => {
  const folder = join(import.meta.dirname, '../../../../../shared/seeds');
  const file = existsSync(folder) ? readdirSync(folder).find((name) => name.startsWith('004_')) : undefined;
  if (file === undefined) {
    process.stdout.write('skipped: the documentation of the sync is not at hand (../shared/seeds)\n');
    return;
  }
  const text = readFileSync(join(folder, file), 'utf8');
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']) => block.trim());
  const examples = blocks.filter((block) => /^(?:\{|curl|# )/.test(block));

  const known = [dryRun, applyPolicy, ...Object.values(policies)].map((example) => example.trim());
  expect(examples).toHaveLength(8);
  expect(examples.filter((example) => !known.includes(example))).toEqual([]);
});

/** A policy without the names that the platform gives to parts that have none. */
function withoutNames(policy: object): unknown {
  return JSON.parse(JSON.stringify(policy, (key, value: unknown) => (key === 'name' ? undefined : value)));
}

it('says where to watch a dry run, and refuses a fourth that is unfinished', async () => {
  const start = () => platform.request('POST', dryRunUrl(), { body });
  const first = await start();
  await start();
  await start();

  expect(first.statusCode).toBe(202);
  expect((await start()).statusCode).toBe(409);
  const { id } = documentOf(DryRunJob).parse(first.json()).data;
  expect(String(first.headers['content-location'])).toMatch(new RegExp(`/policy/dry_run/${id}$`));
  const shown = await platform.request('GET', String(first.headers['content-location']));
  expect(documentOf(DryRunJob).parse(shown.json()).data.attributes).toMatchObject({
    status: 'pending',
    policy: { name: 'x' },
  });
});

it('has dry runs since 2025-09-17 only, for those who may edit integrations', async () => {
  const old = await platform.request('POST', dryRunUrl('2025-08-21~experimental'), { body });
  const token = await platform.tokenOf('viewer');

  expect(old.statusCode).toBe(404);
  expect(old.json().errors[0].detail).toContain('2025-09-17');
  expect((await platform.request('POST', dryRunUrl(), { body, token })).statusCode).toBe(403);
});

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('skipped: the examples of the API need curl\n');
    return false;
  }
}
