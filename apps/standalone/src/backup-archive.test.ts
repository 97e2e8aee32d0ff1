import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import type { BackupEntry } from '@plimsoll/local-postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BackupArchiveError, openBackup, writeBackup, type BackupManifest } from './backup-archive.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-archive-'));
  file = join(folder, 'a.tar.zst');
});

afterEach(() => rmSync(folder, { recursive: true }));

const manifest: BackupManifest = {
  format: 'plimsoll-backup-1',
  created_at: '2026-11-28T07:00:00.000Z',
  machine: 'linux-x64',
  postgres: 18,
  schema: '0001-initial.sql',
};

/** Files with these contents, in a folder. */
async function* entriesOf(files: Readonly<Record<string, Uint8Array>>): AsyncGenerator<BackupEntry> {
  yield { path: 'data', sizeBytes: undefined, read: () => streamOf(new Uint8Array()) };
  for (const [path, bytes] of Object.entries(files)) {
    yield { path, sizeBytes: bytes.length, read: () => streamOf(bytes) };
  }
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

const files = {
  password: Buffer.from('secret'),
  'data/empty': Buffer.alloc(0),
  'data/big': Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index) % 251)),
};

async function readAll(path: string): Promise<{ files: Record<string, string>; state: string }> {
  const opened = await openBackup(path);
  const found: Record<string, string> = {};
  for await (const entry of opened.database) {
    found[entry.path] =
      entry.sizeBytes === undefined ? 'folder' : (await buffer(entry.read())).toString('hex');
  }
  return { files: found, state: opened.rest().state };
}

it('gives back what was put in, and is for its owner only', async () => {
  const end = await writeBackup(file, manifest, entriesOf(files), () => 'the state');

  expect(await readAll(file)).toEqual({
    files: {
      data: 'folder',
      ...Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, bytes.toString('hex')])),
    },
    state: 'the state',
  });
  expect((await openBackup(file)).manifest).toEqual(manifest);
  expect(end).toEqual({ files: 3, bytes: 100_006 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('passes over what nobody read', async () => {
  await writeBackup(file, manifest, entriesOf(files), () => 'the state');
  const opened = await openBackup(file);
  const paths: string[] = [];
  for await (const { path } of opened.database) paths.push(path);

  expect(paths).toEqual(['data', ...Object.keys(files)]);
});

it('knows a file that was cut off, wherever, or changed, wherever, and names it', async () => {
  await writeBackup(file, manifest, entriesOf(files), () => 'the state');
  const whole = readFileSync(file);
  const whatWasRead = await readAll(file);
  const bad = join(folder, 'bad');
  const wrong: unknown[] = [];
  for (let at = 0; at < whole.length; at += 97) {
    const changed = Uint8Array.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x55;
    for (const bytes of [whole.subarray(0, at), changed]) {
      writeFileSync(bad, bytes);
      const outcome = await readAll(bad).catch((error: unknown) => error);
      const isNamed = outcome instanceof BackupArchiveError && outcome.message.includes(bad);
      // A flag of the frame that nothing depends on may differ.
      if (!isNamed && !isDeepStrictEqual(outcome, whatWasRead)) wrong.push([at, outcome]);
    }
  }

  expect(wrong).toEqual([]);
});

it('writes over nothing, and fails when what it is given fails', async () => {
  writeFileSync(file, 'mine');
  await expect(writeBackup(file, manifest, entriesOf(files), () => '')).rejects.toThrow('EEXIST');
  expect(readFileSync(file, 'utf8')).toBe('mine');

  async function* failing(): AsyncGenerator<BackupEntry> {
    yield* entriesOf(files);
    throw new Error('the disk is on fire');
  }
  await expect(writeBackup(join(folder, 'b'), manifest, failing(), () => '')).rejects.toThrow('on fire');
});
