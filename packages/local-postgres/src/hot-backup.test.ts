import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hotBackup, type BackupEntry } from './hot-backup.ts';
import { putBack } from './put-back.ts';
import { startLocalPostgres, type LocalPostgres } from './start-local-postgres.ts';

let folder: string;
let server: LocalPostgres;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  server = await startLocalPostgres({ directory: join(folder, 'db'), durable: false });
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function query<Row extends object>(on: LocalPostgres, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: on.connectionString() });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

it('copies a database that is written to meanwhile, whole up to the end of the copy', async () => {
  await query(server, 'create table sum (n int); create table ledger (n int); insert into sum values (0)');
  let writes = 0;
  // Every file that is read is followed by a change: the copy is of many moments, the log makes it one.
  async function* written(): AsyncGenerator<BackupEntry> {
    for await (const entry of hotBackup(server.connectionString())) {
      if (writes < 40 && entry.path.startsWith('data/base/')) {
        writes += 1;
        await query(
          server,
          `begin; insert into ledger select ${writes} from generate_series(1, 500);
           update sum set n = n + ${writes * 500}; commit`,
        );
        if (writes === 20) await query(server, 'checkpoint');
        if (writes === 30) await query(server, 'select pg_switch_wal()');
      }
      yield entry;
    }
  }
  await putBack(join(folder, 'copy'), written());
  await query(server, 'insert into ledger values (999999)');

  const copy = await startLocalPostgres({ directory: join(folder, 'copy'), durable: false });
  try {
    const [totals] = await query(
      copy,
      'select sum.n, (select sum(l.n)::int from ledger l) as added from sum',
    );
    const sum = (500 * writes * (writes + 1)) / 2;
    expect(writes).toBe(40);
    expect(totals).toEqual({ n: sum, added: sum });
    expect(await query(copy, `select 1 from pg_class where relname = 'sum' and relkind = 'r'`)).toHaveLength(
      1,
    );
  } finally {
    await copy.stop();
  }
});

it('leaves the server as it was, also when the copy is given up', async () => {
  for await (const entry of hotBackup(server.connectionString())) if (entry.path !== 'password') break;

  expect(await query(server, 'select slot_name from pg_replication_slots')).toEqual([]);
  for await (const entry of hotBackup(server.connectionString())) expect(entry.path).not.toContain('..');
});

it('writes nothing outside the folder, and leaves no half of one', async () => {
  const evil = (path: string) =>
    (async function* () {
      yield { path, sizeBytes: 1, read: () => [new Uint8Array(1)] as unknown as AsyncIterable<Uint8Array> };
    })();
  for (const path of ['../evil', 'data/../../evil', '/evil', 'data/.', 'state.json']) {
    await expect(putBack(join(folder, 'copy'), evil(path))).rejects.toThrow('does not belong into a backup');
  }
  await expect(putBack(join(folder, 'db'), evil('password'))).rejects.toThrow('already');
  expect(existsSync(join(folder, 'copy'))).toBe(false);
  expect(existsSync(join(folder, 'copy.partial'))).toBe(false);
  expect(existsSync(join(folder, 'evil'))).toBe(false);
});
