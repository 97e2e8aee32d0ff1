import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addImage, createContent, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formsOf, leaksOf, tablesWith } from './support/canaries.ts';
import { plimsoll, startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';
import { smallImage } from './support/small-image.ts';
import { readUpState, signedIn } from './support/rest.ts';

// The registry's password is known to the broker client, and per request to the agent. It must not appear anywhere else:
// not in the database, not in an answer of the platform, not in any log, whatever its form.
const username = 'robot$canary-7f3a';
const password = 'canary"p/ss %+w0rd-91c2';
const basic = Buffer.from(`${username}:${password}`).toString('base64');

const forms = [...formsOf(password), basic.replace(/=+$/, '')];
const leaks = (text: string) => leaksOf(text, forms);

let registry: TestRegistry;
let folder: string;
let running: RunningCommand;
let dataDir: string;
let url: string;

beforeAll(async () => {
  const content = createContent();
  const image = await smallImage();
  addImage(content, 'team/app', '1.0', image);
  registry = await startTestRegistry({ content, authentication: { kind: 'basic', username, password } });
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'));
  dataDir = join(folder, 'data');
  const port = String(await unusedPort());
  url = `http://127.0.0.1:${port}`;
  running = startPlimsoll(
    [
      'up',
      '--verbose',
      '--data-dir',
      dataDir,
      '--port',
      port,
      '--registry',
      registry.base,
      '--username',
      username,
      '--password-stdin',
    ],
    { input: `${password}\n` },
  );
  await running.printed('Running.');
});

afterAll(async () => {
  process.kill(Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0]), 'SIGINT');
  await running.ended;
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('scans an image of a registry that asks for a password', () => {
  expect(running.output()).toMatch(/^team\/app:1\.0 +1 /m);
  expect(leaks(running.output())).toEqual([]);
});

it('finds the canary where it is planted, so that finding none elsewhere means something', () => {
  expect(leaks(`x ${basic} y`)).not.toEqual([]);
  expect(leaks(Buffer.from(JSON.stringify({ password })).toString('base64'))).not.toEqual([]);
  expect(registry.requests.some((request) => leaks(String(request.headers.authorization)).length > 0)).toBe(
    true,
  );
});

it('writes the password to no log, at debug level', () => {
  const logs = globSync(join(dataDir, 'logs/*')).map((file) => ({
    file,
    found: leaks(readFileSync(file, 'utf8')),
  }));

  expect(logs.length).toBeGreaterThanOrEqual(3);
  expect(logs.filter(({ found }) => found.length > 0)).toEqual([]);
});

it('stores the password nowhere in the database', async () => {
  const runtime = JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')) as { databaseUrl: string };
  const { rows, found } = await tablesWith(runtime.databaseUrl, forms);

  expect(rows).toBeGreaterThan(20);
  expect(found).toEqual([]);
});

it('tells the password in no answer of the platform', async () => {
  const state = readUpState(dataDir);
  const call = await signedIn(url, state);
  const integration = `/rest/orgs/${state.orgId}/integrations/${state.registries[0]?.integrationId}`;
  const answers = await Promise.all(
    [
      ['GET', integration],
      ['GET', `${integration}/sync_runs`],
      ['POST', `${integration}/connection_checks`],
      ['GET', `/rest/orgs/${state.orgId}/projects`],
      ['GET', `/rest/orgs/${state.orgId}/targets`],
    ].map(async ([method = '', path = '']) => {
      const answer = await call(method, path);
      return { path, ok: answer.ok, text: (await answer.text()) + JSON.stringify([...answer.headers]) };
    }),
  );

  expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  expect(answers.filter(({ text }) => leaks(text).length > 0)).toEqual([]);
});

it('refuses a wrong password in words that do not repeat it, and lets the next try correct it', async () => {
  const wrong = 'canary-wrong-"%55';
  const otherDir = join(folder, 'other');
  const port = String(await unusedPort());
  const args = [
    'up',
    '--once',
    '--data-dir',
    otherDir,
    '--port',
    port,
    '--registry',
    registry.base,
    '--username',
    username,
    '--password-stdin',
  ];

  const refused = await plimsoll(args, { input: wrong });
  expect(refused.output).toMatch(/cannot be used: .*(?:password|credentials|refused)/i);
  expect(refused.output).not.toContain(wrong);
  expect(refused.code).toBe(6);

  const corrected = await plimsoll(args, { input: password });
  expect(corrected.output).toMatch(/^team\/app:1\.0 +1 /m);
  expect(corrected.code).toBe(0);
});
