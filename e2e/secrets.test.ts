import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { addImage, createContent, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll, startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';
import { smallImage } from './support/small-image.ts';
import { readUpState, signedIn } from './support/rest.ts';

// The registry's password is known to the broker client, and per request to the agent. It must not appear anywhere else:
// not in the database, not in an answer of the platform, not in any log, whatever its form.
const username = 'robot$canary-7f3a';
const password = 'canary"p/ss %+w0rd-91c2';
const basic = Buffer.from(`${username}:${password}`).toString('base64');

const forms = [
  password,
  JSON.stringify(password).slice(1, -1),
  encodeURIComponent(password),
  Buffer.from(password).toString('base64').replace(/=+$/, ''),
  basic.replace(/=+$/, ''),
  Buffer.from(password).toString('hex'),
];

/** Every form of the password in a text, also inside longer base64 of a document. */
function leaks(text: string): string[] {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)].map((match) =>
    Buffer.from(match[0], 'base64').toString('latin1'),
  );
  return forms.filter((form) => text.includes(form) || decoded.some((part) => part.includes(form)));
}

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
  const client = new Client({ connectionString: runtime.databaseUrl });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  let rows = 0;
  for (const { name } of tables.rows) {
    if (/\.(?:advisory|affected|alias)$/.test(name)) continue;
    for (const row of (await client.query<Record<string, unknown>>(`select * from ${name}`)).rows) {
      rows += 1;
      if (leaks(Object.values(row).map(asText).join('\n')).length > 0) found.push(name);
    }
  }
  await client.end();

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

function asText(value: unknown): string {
  if (!Buffer.isBuffer(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  for (const unpack of [gunzipSync, inflateSync]) {
    try {
      return unpack(value).toString('utf8');
    } catch {
      // Not packed this way.
    }
  }
  return value.toString('latin1');
}
