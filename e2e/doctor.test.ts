import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addImage, createContent, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll, startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';
import { smallImage } from './support/small-image.ts';

// `plimsoll doctor` on an installation whose hops fail one after the other, from the registry inwards.
let folder: string;
let dataDir: string;
let registry: TestRegistry;
let running: RunningCommand;
let frozen: number | undefined;

beforeAll(async () => {
  const content = createContent();
  const image = await smallImage();
  addImage(content, 'team/app', '1.0', image);
  registry = await startTestRegistry({ content });
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-doctor-'));
  dataDir = join(folder, 'data');
  const port = String(await unusedPort());
  running = startPlimsoll([
    'up',
    '--data-dir',
    dataDir,
    '--port',
    port,
    '--advisories',
    'none',
    '--registry',
    registry.base,
    '--name',
    'team',
  ]);
  await running.printed('Running.');
});

afterAll(async () => {
  if (frozen !== undefined) process.kill(frozen, 'SIGCONT');
  process.kill(Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0]), 'SIGINT');
  await running.ended;
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

const doctor = () => plimsoll(['doctor', '--data-dir', dataDir]);

/** The process of a part that belongs to this data directory. */
function processOf(part: string): number {
  const found = globSync('/proc/[0-9]*/environ').find((file) => {
    try {
      const isPart = readFileSync(file.replace('environ', 'cmdline'), 'utf8').split('\0').includes(part);
      return isPart && readFileSync(file, 'utf8').includes(dataDir);
    } catch {
      return false;
    }
  });
  return Number(found?.split('/')[2]);
}

it('finds every hop well, and says that there are no advisories', async () => {
  const { code, output } = await doctor();

  expect(output).toMatch(
    /✔ platform: database\n✔ platform: jobs\n✔ platform: running\n✘ advisories: none; run "plimsoll advisories import"/,
  );
  expect(output).toMatch(
    /✔ team: broker-client - .+\n✔ team: agent - .+\n✔ team: registry - .+\n- team: push events - none came yet; off: WEBHOOK_PATH_SECRET is not set.+\n {2}Set WEBHOOK_PATH_SECRET .+docs\/registries\.md/,
  );
  expect(code).toBe(4);
});

it('names the registry when it does not answer', async () => {
  await registry.stop();

  const { code, output } = await doctor();

  expect(output).toMatch(/✔ team: agent - .+\n✘ team: registry - .*127\.0\.0\.1.*/);
  expect(code).toBe(4);
});

it('names the agent when it hangs, and says that the registry was not reached', async () => {
  frozen = processOf('agent');
  process.kill(frozen, 'SIGSTOP');

  const { code, output } = await doctor();

  expect(output).toMatch(/✔ team: broker-client - .+\n✘ team: agent - .+\n\? team: registry - not reached/);
  expect(code).toBe(4);
});

it('says what to do where nothing runs', async () => {
  const { code, output } = await plimsoll(['doctor', '--data-dir', join(folder, 'nothing')]);

  expect(output).toMatch(/Nothing runs on .*nothing[^]*plimsoll up/);
  expect(code).toBe(4);
});

it('says what is wrong with a token and with an address', async () => {
  const runtime = JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')) as { platformUrl: string };

  const refused = await plimsoll(['doctor', '--url', runtime.platformUrl, '--token-stdin'], {
    input: 'wrong',
  });
  expect(refused.output).toMatch(/refused the token/);
  expect(refused.code).toBe(6);

  const unreachable = await plimsoll(
    ['doctor', '--url', `http://127.0.0.1:${await unusedPort()}`, '--token-stdin'],
    { input: 'x' },
  );
  expect(unreachable.output).toMatch(/No platform answers at/);
  expect(unreachable.code).toBe(4);
});
