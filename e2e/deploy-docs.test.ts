import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addImage, createContent, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll, startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';
import { missingPrograms, runProgram } from './support/programs.ts';
import { readUpState, signedIn } from './support/rest.ts';
import { smallImage } from './support/small-image.ts';

// docs/operations/deploy.md, "Connecting a registry": its commands, word for word, against a platform that runs, and a
// broker client and an agent that are started by hand.
const missing = missingPrograms('bash', 'curl', 'sed');
if (missing.length > 0) console.log(`skipped: the commands of deploy.md; missing ${missing.join(', ')}`);

let folder: string;
let dataDir: string;
let url: string;
let registry: TestRegistry;
const running: RunningCommand[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-deploy-'));
  dataDir = join(folder, 'data');
  const port = String(await unusedPort());
  url = `http://127.0.0.1:${port}`;
  const up = startPlimsoll(['up', '--data-dir', dataDir, '--port', port, '--advisories', 'none']);
  running.push(up);
  await up.printed('Running.');
  const content = createContent();
  addImage(content, 'team/app', '1.0', await smallImage());
  registry = await startTestRegistry({ content });
});

afterAll(async () => {
  for (const { child, ended } of running.toReversed()) {
    child.kill('SIGTERM');
    await ended;
  }
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The commands of a section of the page, block by block. */
function commandsOf(section: string): string[] {
  const page = readFileSync(join(import.meta.dirname, '../docs/operations/deploy.md'), 'utf8');
  const text = page.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```bash\n([^]*?)```/g)].map((match) => match[1] ?? '');
}

it.skipIf(missing.length > 0)('connects a registry with the commands of the page', async () => {
  const [connect = '', setPolicy = ''] = commandsOf('Connecting a registry');
  const { admin, orgId } = readUpState(dataDir);
  const [agentPort, brokerPort] = [await unusedPort(), await unusedPort()];
  const setting = `cd ${folder}; PLATFORM=${url} EMAIL=${admin.email} PASSWORD=${admin.password}\n`;

  const printed = await runProgram('bash', [
    '-euc',
    `${setting}${connect.replace('harbor-cr', 'oci')}\necho "INTEGRATION=$INTEGRATION ORG=$ORG"`,
  ]);
  const token = /BROKER_TOKEN=(\S+)/.exec(printed)?.[1] ?? '';
  expect(token.length).toBeGreaterThan(30);

  const start = (name: string, env: Record<string, string>) => running.push(startPlimsoll([name], { env }));
  start('agent', { SNYK_PORT: String(agentPort) });
  start('broker-client', {
    BROKER_TOKEN: token,
    BROKER_SERVER_URL: url,
    BROKER_CLIENT_URL: `http://127.0.0.1:${brokerPort}`,
    CR_AGENT_URL: `http://127.0.0.1:${agentPort}`,
    CR_TYPE: 'oci',
    CR_BASE: registry.base,
    PORT: String(brokerPort),
  });
  await running.at(-1)?.printed(/tunnel (?:open|connected|ready)/);
  const variables = printed.trim().split('\n').at(-1) ?? '';
  const helpers = connect.split('\n\n')[0] ?? '';
  await runProgram('bash', ['-euc', `${setting}${variables}\n${helpers}\n${setPolicy}`]);

  const call = await signedIn(url, { admin, orgId, registries: [] });
  const isScanned = async () => {
    const text = await (await call('GET', `/rest/orgs/${orgId}/projects?names=team/app:1.0`)).text();
    return text.includes('"scan_status":"scanned"');
  };
  await expect.poll(isScanned, { timeout: 60_000, interval: 250 }).toBe(true);

  const doctor = await plimsoll(['doctor', '--data-dir', dataDir]);
  expect(doctor.output).toMatch(/✔ harbor: registry/);
});
