import { execFile, execFileSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { documentOf, DryRunJob, ImportPolicyResource } from '@plimsoll/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

// The examples that users of the API have in their scripts, word for word but for host, ids and token.

const dryRun = `curl -X POST "https://api.snyk.io/rest/orgs/{org_id}/container_import/{integration_id}/policy/dry_run?version=2025-09-17" \\
  -H "Authorization: token {api_token}" \\
  -H "Content-Type: application/vnd.api+json" \\
  -H "snyk-version: 2025-09-17" \\
  -d '{
    "data": {
      "type": "container_registry_import_policy",
      "attributes": {
        "policy": {
          "name": "Test Policy",
          "import_policy": {
            "name": "test",
            "type": "ImportAllNew"
          }
        }
      }
    }
  }'
`;

const applyPolicy = `# Apply a policy to the integration
curl -X POST \\
  "https://api.snyk.io/rest/orgs/{org_id}/container_import/{integration_id}/policy?version=2025-08-21~experimental" \\
  -H "Authorization: token {snyk_api_token}" \\
  -H "Content-Type: application/vnd.api+json" \\
  -d '{
    "data": {
      "type": "container_registry_import_policy",
      "attributes": {
        "policy": {
          "name": "Import my-app repository",
          "schedule_frequency_hours": 48,
          "import_policy": {
            "name": "Regex policy for my-app",
            "type": "Regex",
            "policy": { "repo": "^mycompany/my-app$" }
          }
        }
      }
    }
  }'
`;

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
  return { status: Number(stdout.slice(end)), body: JSON.parse(stdout.slice(0, end)) };
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
