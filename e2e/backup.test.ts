import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll, startPlimsoll, unusedPort } from './support/plimsoll.ts';

// A backup as a person makes it: of a quick start that runs, put back into another folder after the first is gone.
let folder: string;
let file: string;
let port: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  file = join(folder, 'saved.tar.zst');
  port = String(await unusedPort());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => ['--data-dir', join(folder, name)];

/** The table of images that a start prints. */
function imagesOf(output: string): string[] {
  return output.split('\n').filter((line) => /^(library|shop)\/\S+:\S+ /.test(line));
}

it('brings back what was there: images, issues and the login', async () => {
  const running = startPlimsoll(['up', ...inFolder('first'), '--port', port]);
  await running.printed('Running.');
  const saved = await plimsoll(['backup', ...inFolder('first'), '--output', file]);
  running.child.kill('SIGTERM');
  await running.ended;
  rmSync(join(folder, 'first'), { recursive: true });

  const restored = await plimsoll(['restore', ...inFolder('second'), file]);
  const again = await plimsoll(['up', ...inFolder('second'), '--port', port, '--once']);

  expect(saved).toMatchObject({ code: 0, output: expect.stringMatching(/saved\.tar\.zst: \d+\.\d MB/) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(restored).toMatchObject({ code: 0, output: expect.stringMatching(/^Restored \d+ files as of/) });
  expect(again.code).toBe(0);
  expect(imagesOf(again.output).length).toBeGreaterThan(3);
  expect(imagesOf(again.output)).toEqual(imagesOf(running.output()));
  const login = /Password +(\S+)/.exec(running.output())?.[1];
  expect(login).toBeDefined();
  expect(again.output).toContain(login);
  expect(again.output).not.toMatch(/advisories|Syncing/);
});

it('is made while nothing runs, too, and overwrites nothing', async () => {
  const other = join(folder, 'other.tar.zst');

  expect(await plimsoll(['backup', ...inFolder('second'), '--output', other])).toMatchObject({ code: 0 });
  expect(await plimsoll(['backup', ...inFolder('second'), '--output', other])).toMatchObject({
    code: 4,
    output: expect.stringContaining('is there already'),
  });
  expect(await plimsoll(['restore', ...inFolder('second'), other])).toMatchObject({
    code: 4,
    output: expect.stringContaining('nothing is overwritten'),
  });
  expect(await plimsoll(['backup', ...inFolder('nothing')])).toMatchObject({
    code: 4,
    output: expect.stringContaining('no data of "plimsoll up"'),
  });
});
