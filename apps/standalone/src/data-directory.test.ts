import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataDirectory } from './data-directory.ts';
import { newState } from './provision.ts';

let path: string;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'plimsoll-data-'));
});

afterEach(() => rmSync(path, { recursive: true, force: true }));

it('refuses a second start and names the process and the remedy', () => {
  new DataDirectory(path).lock();

  expect(() => new DataDirectory(path).lock()).toThrow(
    new RegExp(`already runs on ${path} \\(process ${process.pid}\\)[^]*--data-dir`),
  );
});

it('takes over from a process that is gone, also when its number was given out again', async () => {
  const other = spawn('true');
  await new Promise((resolve) => other.on('exit', resolve));
  writeFileSync(join(path, 'lock'), `${other.pid} 12345\n`);
  new DataDirectory(path).lock();

  writeFileSync(join(path, 'lock'), `${process.pid} 1\n`);
  new DataDirectory(path).lock();

  expect(readFileSync(join(path, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} (?!1\\n)`));
});

it('keeps its state in a file that only its owner may read', () => {
  const directory = new DataDirectory(path);
  const state = newState();

  directory.writeState(state);

  expect(directory.readState()).toEqual(state);
  expect(statSync(join(path, 'state.json')).mode & 0o777).toBe(0o600);
});

it('says what is wrong with a damaged state instead of starting anew', () => {
  writeFileSync(join(path, 'state.json'), '{"version":1');

  expect(() => new DataDirectory(path).readState()).toThrow(/state\.json cannot be read/);
});

it('tells where the parts are only while they run', () => {
  const directory = new DataDirectory(path);
  directory.lock();
  directory.writeRuntime({ platformUrl: 'http://127.0.0.1:7340', databaseUrl: 'postgresql://x' });
  expect(directory.readRuntime()?.platformUrl).toBe('http://127.0.0.1:7340');

  directory.release();

  expect(directory.readRuntime()).toBeUndefined();
});
