import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdvisoryMemory } from '../apps/platform/src/advisories/advisory-memory.ts';
import { importAdvisories } from '../apps/platform/src/advisories/import-advisories.ts';
import { partOf } from '../apps/platform/src/advisories/testing-part.ts';
import { matchPackages } from '../apps/platform/src/findings/match-packages.ts';
import { addIntegration } from '../apps/platform/src/integrations/integration-store.ts';
import { addTestProjects, testDigest } from '../apps/platform/src/projects/testing-images.ts';
import { startTestPlatform, type TestPlatform } from '../apps/platform/src/testing-platform.ts';
import { plimsoll } from './support/plimsoll.ts';

// `plimsoll vex` and `plimsoll advice`, as somebody at a terminal uses them with a token of a platform elsewhere.
let platform: TestPlatform;
let folder: string;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-triage-'));
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  token = await platform.tokenOf('collaborator');
  const integrationId = (await addIntegration(db, orgId, 'harbor-cr', 'registry')).id;
  const image = { digest: testDigest('a'), packages: ['tar@1.34-1', 'curl@7.88-1'] };
  await addTestProjects(db, { orgId, integrationId }, ['shop/web:1'], image);
  await addTestProjects(db, { orgId, integrationId }, ['shop/new:1']);
  const records = [
    ['DEBIAN-CVE-2026-1', 'tar', '1.34-2'],
    ['DEBIAN-CVE-2026-2', 'tar', '1.34-3'],
    ['DEBIAN-CVE-2026-3', 'curl', '7.88-2'],
  ].map(([id, name, fixed]) => {
    const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
    const affected = [
      { package: { ecosystem: 'Debian:12', name }, ranges, ecosystem_specific: { urgency: 'high' } },
    ];
    const document = Buffer.from(JSON.stringify({ id, modified: '2026-01-01T00:00:00Z', affected }));
    return { advisory: readOsvRecord(document), document };
  });
  const log = createLogger({ name: 'test', level: 'silent' });
  const deps = { db, log, onChanged: async () => {}, now: () => new Date() };
  await importAdvisories(deps, [partOf(records, { ecosystem: 'Debian', isDump: true })]);
  const packages = await db.selectFrom('package').select('id').execute();
  const ids = packages.map(({ id }) => id);
  await matchPackages({ db, memory: new AdvisoryMemory() }, ids);
});

afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  plimsoll([...args, '--url', platform.url], { env: { PLIMSOLL_TOKEN: token } });

function file(name: string, contents: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return path;
}

const openvex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.com/web',
  author: 'Example',
  timestamp: '2026-01-01T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-3' },
      products: [{ '@id': 'pkg:deb/debian/curl' }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
    { vulnerability: { name: 'CVE-2026-2' }, status: 'not_affected' },
  ],
};

it('tells the fewest upgrades of an image, for people and for programs', async () => {
  const shown = await run('advice', 'shop/web:1');
  const json = await run('advice', '--json', '--severity', 'high', 'shop/web:1');

  expect(shown.output).toMatch(
    /shop\/web:1: 3 issues of severity high and worse, 0 after the upgrades below/,
  );
  expect(shown.output).toMatch(/UPGRADE +FROM +TO +CLEARS +LEAVES +BRINGS/);
  expect(shown.output).toMatch(/^tar +1\.34-1 +1\.34-3 +2 +0 +0/m);
  expect(shown.output).toMatch(/^curl +7\.88-1 +7\.88-2 +1 +0 +0/m);
  expect(JSON.parse(json.output)).toMatchObject({ issues: { now: 3, after: 0 } });
  expect([shown.code, json.code]).toEqual([0, 0]);
});

it('says which image it does not know, or cannot tell anything of', async () => {
  const unknown = await run('advice', 'shop/we');
  const unread = await run('advice', 'shop/new:1');
  const unclear = await run('advice', '--severity', 'bad', 'shop/web:1');

  expect(unknown.output).toMatch(
    /There is no image "shop\/we"\.\nIts name begins like that of:\n {2}shop\/web:1/,
  );
  expect(unread.output).toMatch(/was not read yet/);
  expect(unclear.output).toMatch(/--severity is one of critical/);
  expect([unknown.code, unread.code, unclear.code]).toEqual([1, 1, 2]);
});

it('imports documents, names what it skips and what it does not take, and goes on with the others', async () => {
  const { code, output } = await run(
    'vex',
    'import',
    file('broken.json', '{'),
    file('other.json', { a: 1 }),
    join(folder, 'missing.json'),
    file('web.json', openvex),
  );

  expect(output).toMatch(/✘ .*broken\.json: it is no JSON/);
  expect(output).toMatch(/✘ .*other\.json: .*is no OpenVEX, CycloneDX or CSAF document/);
  expect(output).toMatch(/✘ .*missing\.json: it cannot be read: ENOENT/);
  expect(output).toMatch(/✔ .*web\.json: 1 statement \(openvex\) by Example/);
  expect(output).toMatch(/! skipped web\.json, statement 2/);
  expect(code).toBe(1);
});

it('lists what was given, refuses an older version, and forgets', async () => {
  const listed = await run('vex', 'list');
  const older = await run(
    'vex',
    'import',
    file('web.json', { ...openvex, timestamp: '2025-01-01T00:00:00Z' }),
  );
  const [, id = ''] = /^(\d+) +web\.json +openvex +1 +Example +2026-01-01/m.exec(listed.output) ?? [];
  const removed = await run('vex', 'remove', id);
  const again = await run('vex', 'remove', id);
  const empty = await run('vex', 'list');

  expect(older.output).toMatch(/✘ .*web\.json: .*A newer version of .* is known already/);
  expect(removed.output).toMatch(/forgotten/);
  expect(again.output).toMatch(/✘ \d+: .*404/);
  expect(empty.output).toMatch(/No VEX documents yet/);
  expect([listed.code, older.code, removed.code, again.code, empty.code]).toEqual([0, 1, 0, 1, 0]);
});

it('says what is missing on the command line, and that a token is refused', async () => {
  const unsaid = await run('vex', 'import');
  const refused = await plimsoll(['vex', 'list', '--url', platform.url, '--token-stdin'], { input: 'wrong' });
  const forbidden = await plimsoll(['vex', 'import', file('web.json', openvex), '--url', platform.url], {
    env: { PLIMSOLL_TOKEN: await platform.tokenOf('viewer') },
  });

  expect(unsaid.code).toBe(2);
  expect(refused.output).toMatch(/refused the token/);
  expect(refused.code).toBe(6);
  expect(forbidden.output).toMatch(/403/);
  expect(forbidden.code).toBe(1);
});
