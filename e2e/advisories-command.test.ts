import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll } from './support/plimsoll.ts';

// `plimsoll advisories bundle`, `import` and `status`, as one carries advisories into a network without a way out.
let folder: string;
let bundle: string;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-advisories-'));
  bundle = join(folder, 'advisories.zip');
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  const record = (id: string, more: object) =>
    JSON.stringify({ id, modified: '2026-01-01T00:00:00Z', ...more });
  const affected = [
    {
      package: { ecosystem: 'npm', name: 'left-pad' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.3.0' }] }],
    },
  ];
  const lines = [
    record('GHSA-1111-1111-1111', { affected }),
    record('GHSA-2222-2222-2222', { affected }),
    '{',
  ];
  writeFileSync(join(sources, 'own.jsonl'), lines.join('\n'));
  writeFileSync(
    join(sources, 'scores.csv'),
    '#model_version:v2025.03.14,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1,0.5,0.99\n',
  );
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const advisories = (...args: string[]) =>
  plimsoll(['advisories', ...args], { env: { DATABASE_URL: database.connectionString } });

it('carries advisories and scores in one file, names what cannot be read, and tells of each feed', async () => {
  const written = await advisories('bundle', '--output', bundle, join(folder, 'sources'));
  const imported = await advisories('import', bundle);
  const again = await advisories('import', bundle);
  const status = await advisories('status');

  expect(written.output).toMatch(/2 files, as of \d{4}-/);
  expect(imported.output).toMatch(/own\.jsonl: 2 advisories, 2 new or newer/);
  expect(imported.output).toMatch(/! skipped /);
  expect(imported.output).toMatch(/scores\.csv: 1 records \(epss\), 1 new or newer/);
  expect(again.output).toMatch(/own\.jsonl: unchanged since it was last read/);
  expect(status.output).toMatch(/ECOSYSTEM +FEED +RECORDS +SKIPPED +NEWEST +IMPORTED +AGE +LAST ERROR/);
  expect(status.output).toMatch(/own\.jsonl +osv +2 +1 +2026-01-01 .* 0 h/);
  expect(status.output).toMatch(/scores\.csv +epss +1 +0 +2026-01-01 /);
  expect([written.code, imported.code, again.code, status.code]).toEqual([0, 0, 0, 0]);
});

it('keeps what is known when a source breaks, and says so until it is well again', async () => {
  writeFileSync(
    join(folder, 'sources', 'scores.csv'),
    '#model_version:v1,score_date:x\ncve,epss,percentile\n',
  );

  const imported = await advisories('import', join(folder, 'sources'));
  const status = await advisories('status');

  expect(imported.code).toBe(1);
  expect(imported.output).toMatch(/✘ scores\.csv: .*what was known stays/);
  expect(status.output).toMatch(/scores\.csv +epss +1 .*what was known stays/);
});

it('says what to do when there is nothing to read, or no database', async () => {
  const missing = await advisories('import', join(folder, 'nothing-here'));
  const nowhere = await plimsoll(['advisories', 'status', '--data-dir', join(folder, 'none')], {
    env: { DATABASE_URL: '' },
  });

  expect(missing.code).toBe(1);
  expect(missing.output).toMatch(/nothing-here/);
  expect(nowhere.code).toBe(4);
  expect(nowhere.output).toMatch(/Start "plimsoll up", or set DATABASE_URL/);
});
