import {
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { plimsoll, startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';

// The quick start as a stranger meets it: the demo registry, all parts as processes, on an empty folder.
let folder: string;
let dataDir: string;
let port: string;
let running: RunningCommand | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-quickstart-'));
  dataDir = join(folder, 'data');
  port = String(await unusedPort());
});

afterEach(async () => {
  if (running && existsSync(join(dataDir, 'lock'))) process.kill(holder(), 'SIGKILL');
  await running?.ended;
  running = undefined;
});

afterAll(async () => {
  // Takes over what a killed start left behind, and stops it.
  await plimsoll(['up', '--once', '--data-dir', dataDir, '--port', port]);
  rmSync(folder, { recursive: true, force: true });
});

const up = (...args: string[]) => ['up', '--data-dir', dataDir, '--port', port, ...args];

/** The process that holds the data directory. */
function holder(): number {
  return Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0]);
}

/** Processes of this data directory that are still alive. */
function leftProcesses(): string[] {
  return globSync('/proc/[0-9]*/environ').flatMap((file) => {
    try {
      const process = file.slice(0, -'/environ'.length);
      const text = readFileSync(`${process}/cmdline`, 'utf8') + readFileSync(file, 'utf8');
      return text.includes(dataDir) && !text.includes('vitest')
        ? [readFileSync(`${process}/cmdline`, 'utf8').replaceAll('\0', ' ')]
        : [];
    } catch {
      return [];
    }
  });
}

it('syncs and scans the demo registry and prints what it found', async () => {
  const { code, output } = await plimsoll(up('--once'));

  expect(output).toMatch(/IMAGE +PACKAGES +CRITICAL +HIGH/);
  expect(output).toMatch(/^library\/debian:12\S* +\d+/m);
  expect(output).toMatch(/^library\/alpine:\S+ +\d+/m);
  expect(output).toMatch(/^shop\/web:1\.1 +[1-9]/m);
  expect(output).toMatch(new RegExp(`Page +http://127.0.0.1:${port}`));
  expect(output).toMatch(/Login +admin@plimsoll\.local\n +Password +\S{16}/);
  expect(code).toBe(0);
  expect(leftProcesses()).toEqual([]);
});

it('keeps its state: a later start shows the same without importing or scanning again', async () => {
  const first = JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as {
    admin: { password: string };
  };

  const { code, output } = await plimsoll(up('--once'));

  expect(code).toBe(0);
  expect(output).toContain(first.admin.password);
  expect(output).toMatch(/^shop\/web:1\.1 +[1-9]/m);
  expect(output).not.toMatch(/advisories|Syncing/);
});

it('refuses a second start on the same folder, and stops everything at Ctrl-C', async () => {
  running = startPlimsoll(up());
  await running.printed('Running.');

  const second = await plimsoll(['up', '--data-dir', dataDir, '--port', String(await unusedPort())]);
  expect(second.code).toBe(5);
  expect(second.output).toMatch(/already runs on .*\(process \d+\)[^]*--data-dir/);

  const doctor = await plimsoll(['doctor', '--data-dir', dataDir]);
  expect(doctor.output).toMatch(
    /✔ platform: database[^]*✔ demo: broker-client[^]*✔ demo: agent[^]*✔ demo: registry/,
  );
  expect(doctor.code).toBe(0);

  process.kill(holder(), 'SIGINT');
  expect(await running.ended).toBe(0);
  expect(leftProcesses()).toEqual([]);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

it('goes on after it was killed', async () => {
  running = startPlimsoll(up());
  await running.printed('Running.');
  process.kill(holder(), 'SIGKILL');
  await running.ended;

  const { code, output } = await plimsoll(up('--once'));

  expect(output).toMatch(/^shop\/web:1\.1 +[1-9]/m);
  expect(code).toBe(0);
});

it('says which port is taken', async () => {
  running = startPlimsoll(up());
  await running.printed('Running.');

  const other = await plimsoll(['up', '--data-dir', join(folder, 'other'), '--port', port]);

  expect(other.output).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken[^]*--port`));
  expect(other.code).toBe(4);
});

const nobody = 65_534;

function canRunAsNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  for (let path = import.meta.dirname; path !== '/'; path = join(path, '..')) {
    if ((statSync(path).mode & 0o005) !== 0o005) return false;
  }
  return true;
}

it.skipIf(!canRunAsNobody())('works as an ordinary user', async () => {
  const home = mkdtempSync('/tmp/plimsoll-user-');
  chownSync(home, nobody, nobody);
  mkdirSync(join(home, 'empty'));
  const userPort = String(await unusedPort());
  try {
    const { code, output } = await plimsoll(
      ['up', '--once', '--data-dir', join(home, 'data'), '--port', userPort],
      {
        uid: nobody,
        env: { HOME: home, TMPDIR: home },
      },
    );

    expect(output).toMatch(/^library\/debian:12\S* +\d+/m);
    expect(code).toBe(0);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
