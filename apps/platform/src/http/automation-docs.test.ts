import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Secret } from '@plimsoll/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addTestFinding, addTestProjects, testDigest } from '../projects/testing-images.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations/automation.md'), 'utf8');

let platform: TestPlatform;
let environment: Record<string, string>;

beforeAll(async () => {
  platform = await startTestPlatform({
    notifications: { encryptionKeys: [new Secret('a key for tests, 32 characters or more')] },
  });
  const { db, orgId } = platform;
  const { id: integrationId } = await db
    .insertInto('integration')
    .values({ org_id: orgId, type: 'harbor-cr', profile_name: 'Harbor' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const image = { digest: testDigest('a'), packages: ['openssl@3.0.1'] };
  const [projectId = ''] = await addTestProjects(db, { orgId, integrationId }, ['team/web:1.3'], image);
  await addTestFinding(db, 'openssl', { vulnerability: 'CVE-2026-1234', severity: 'critical' });
  environment = {
    PATH: process.env['PATH'] ?? '',
    NO_PROXY: '*',
    PLATFORM: platform.url,
    TOKEN: platform.adminToken,
    ORG: orgId,
    INTEGRATION: integrationId,
    PROJECT: projectId,
  };
});

afterAll(() => platform.stop());

it.skipIf(!hasCurl())('runs every example of the page about automation', async () => {
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  const script = ['set -e', ...blocks].join('\n');

  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: environment, timeout: 60_000 });

  expect(blocks.length).toBeGreaterThan(10);
  expect(stdout).toContain('"bomFormat": "CycloneDX"');
  expect(stdout).toContain('CVE-2026-1234');
});

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('skipped: the examples of the page about automation need curl\n');
    return false;
  }
}
