import { documentOf, FixAdvice, ignoreFields, type InventoryPackage } from '@plimsoll/contracts';
import { readOsvRecord } from '@plimsoll/advisories';
import { createLogger } from '@plimsoll/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { importAdvisories } from '../advisories/import-advisories.ts';
import { partOf } from '../advisories/testing-part.ts';
import { matchPackages } from '../findings/match-packages.ts';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { refreshJob } from './refresh-counts.ts';
import { addTestProjects, testDigest } from './testing-images.ts';

const digestsOfLayers = [testDigest('1'), testDigest('2'), testDigest('3')] as const;
const [oldBase, app, newBase] = digestsOfLayers;

const layer = (digest: string, createdBy: string) => ({
  digest,
  diffId: digest,
  mediaType: 'x',
  sizeBytes: 1,
  createdBy,
});

function debian(name: string, version: string, layerDigest: string, sourceName?: string): InventoryPackage {
  return {
    purl: `pkg:deb/debian/${name}@${version}`,
    type: 'deb',
    name,
    version,
    ...(sourceName !== undefined && { sourceName }),
    evidence: 'installed',
    layer: layerDigest,
    locations: [{ path: 'var/lib/dpkg/status', layer: layerDigest }],
  };
}

/** A record of Debian: affected below `fixed`, or for good. */
function record(cve: string, name: string, urgency: string, fixed?: string) {
  const events = [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])];
  const document = Buffer.from(
    JSON.stringify({
      id: `DEBIAN-${cve}`,
      modified: '2026-01-01T00:00:00Z',
      upstream: [cve],
      affected: [
        {
          package: { ecosystem: 'Debian:12', name },
          ranges: [{ type: 'ECOSYSTEM', events }],
          ecosystem_specific: { urgency },
        },
      ],
    }),
  );
  return { advisory: readOsvRecord(document), document };
}

/** One of the packages that npm brings with itself, and so Node.js. */
const npmTar: InventoryPackage = {
  purl: 'pkg:npm/tar@6.1.0',
  type: 'npm',
  name: 'tar',
  version: '6.1.0',
  evidence: 'installed',
  nestedIn: 'npm',
  layer: oldBase,
  locations: [{ path: 'usr/lib/node_modules/npm/node_modules/tar/package.json', layer: oldBase }],
};

function npmRecord() {
  const events = [{ introduced: '0' }, { fixed: '6.2.1' }];
  const affected = [{ package: { ecosystem: 'npm', name: 'tar' }, ranges: [{ type: 'SEMVER', events }] }];
  const document = Buffer.from(
    JSON.stringify({
      id: 'GHSA-aaaa-bbbb-cccc',
      modified: '2026-01-01T00:00:00Z',
      affected,
      database_specific: { severity: 'HIGH' },
    }),
  );
  return { advisory: readOsvRecord(document), document };
}

let platform: TestPlatform;
let url: string;
let nodeUrl: string;
let unread: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { db, orgId } = platform;
  const owner = { orgId, integrationId: (await addIntegration(db, orgId, 'oci', 'registry')).id };
  const old = [
    debian('libssl3', '3.0-1', oldBase, 'openssl'),
    debian('openssl', '3.0-1', oldBase),
    debian('tar', '1.34-1', oldBase),
  ];
  await addTestProjects(db, owner, ['library/debian:12.1'], {
    digest: testDigest('a'),
    packages: [],
    more: { layers: [layer(oldBase, 'ADD old /')], packages: old },
  });
  await addTestProjects(db, owner, ['library/debian:12.2', 'library/debian:latest'], {
    digest: testDigest('b'),
    packages: [],
    more: { layers: [layer(newBase, 'ADD new /')], packages: [debian('tar', '1.34-1', newBase)] },
  });
  const [id] = await addTestProjects(db, owner, ['shop/web:1'], {
    digest: testDigest('c'),
    packages: [],
    more: {
      layers: [layer(oldBase, 'ADD old /'), layer(app, 'RUN apt-get install curl')],
      packages: [...old, debian('curl', '7.88-1', app)],
    },
  });
  url = `/rest/orgs/${orgId}/projects/${id}/fixes`;
  const [nodeId] = await addTestProjects(db, owner, ['library/node:18'], {
    digest: testDigest('d'),
    packages: [],
    more: { layers: [layer(oldBase, 'ADD old /')], packages: [npmTar] },
  });
  nodeUrl = `/rest/orgs/${orgId}/projects/${nodeId}/fixes`;
  [unread = ''] = await addTestProjects(db, owner, ['shop/unread:1']);

  const log = createLogger({ name: 'test', level: 'silent' });
  await importAdvisories({ db, log, onChanged: async () => {}, now: () => new Date() }, [
    partOf(
      [
        record('CVE-2026-1', 'openssl', 'high', '3.0-2'),
        record('CVE-2026-2', 'openssl', 'low', '3.0-3'),
        record('CVE-2026-3', 'tar', 'high'),
        npmRecord(),
        record('CVE-2026-4', 'curl', 'medium', '7.88-2'),
      ],
      { ecosystem: 'Debian' },
    ),
  ]);
  const packageIds = (await db.selectFrom('package').select('id').execute()).map((row) => row.id);
  await matchPackages({ db, memory: new AdvisoryMemory() }, packageIds);
  await refreshJob(db).handle({ packageIds }, new AbortController().signal);
});

afterAll(() => platform.stop());

async function advice(query = ''): Promise<FixAdvice['attributes']> {
  return adviceAt(`${url}${query}`);
}

async function adviceAt(address: string): Promise<FixAdvice['attributes']> {
  const response = await platform.request('GET', address);
  expect(response.statusCode).toBe(200);
  return documentOf(FixAdvice).parse(response.json()).data.attributes;
}

it('names the fewest upgrades that clear a severity, packages of one source together', async () => {
  const { upgrades, issues } = await advice();

  expect(upgrades).toEqual([
    {
      name: 'openssl',
      type: 'deb',
      from: '3.0-1',
      to: '3.0-2',
      is_source_version: false,
      packages: [
        { name: 'libssl3', version: '3.0-1', purl: 'pkg:deb/debian/libssl3@3.0-1' },
        { name: 'openssl', version: '3.0-1', purl: 'pkg:deb/debian/openssl@3.0-1' },
      ],
      introduced_by: { layer_index: 0, instruction: 'ADD old /', in_base_image: true },
      clears: [{ key: 'CVE-2026-1', severity: 'high' }],
      leaves: [],
      brings: [],
    },
  ]);
  // Two packages of openssl, and tar, which nothing fixes.
  expect(issues).toEqual({ now: 3, after: 1 });
});

it('goes further for a lower severity', async () => {
  const { upgrades, issues } = await advice('?severity=low');

  expect(upgrades.map(({ name, to }) => [name, to])).toEqual([
    ['openssl', '3.0-3'],
    ['curl', '7.88-2'],
  ]);
  expect(upgrades[1]?.introduced_by).toMatchObject({ layer_index: 1, in_base_image: false });
  expect(issues).toEqual({ now: 6, after: 1 });
});

it('advises nothing for what people ignore', async () => {
  const conditions = [{ field: ignoreFields.finding, operator: 'includes', value: 'CVE-2026-1' }];
  const attributes = {
    action_type: 'ignore',
    action: { data: { ignore_type: 'wont-fix' } },
    conditions_group: { logical_operator: 'and', conditions },
  };
  const policies = `/rest/orgs/${platform.orgId}/policies`;
  const made = await platform.request('POST', policies, { body: { data: { type: 'policy', attributes } } });
  expect(made.statusCode).toBe(201);
  const { upgrades, issues } = await advice();
  const { upgrades: lower } = await advice('?severity=low');
  await platform.request('DELETE', `${policies}/${made.json<{ data: { id: string } }>().data.id}`);

  expect(upgrades).toEqual([]);
  expect(issues).toEqual({ now: 1, after: 1 });
  expect(lower.map(({ name, to, clears }) => [name, to, clears.map(({ key }) => key)])).toEqual([
    ['openssl', '3.0-3', ['CVE-2026-2']],
    ['curl', '7.88-2', ['CVE-2026-4']],
  ]);
  expect((await advice()).upgrades).toHaveLength(1);
});

it('names a newer image to build from that was scanned already and has fewer issues', async () => {
  const { base_image: base } = await advice();

  expect(base).toMatchObject({
    digest: testDigest('a'),
    names: ['library/debian:12.1'],
    issue_counts: { high: 3, low: 2 },
    options: [
      {
        name: 'library/debian:12.2',
        digest: testDigest('b'),
        distance: 'minor',
        issue_counts: { high: 1, low: 0 },
      },
    ],
  });
});

it('has no advice about an image that was not read', async () => {
  const response = await platform.request('GET', `/rest/orgs/${platform.orgId}/projects/${unread}/fixes`);

  expect(response.statusCode).toBe(404);
  expect((await platform.request('GET', `${url}?severity=odd`)).statusCode).toBe(400);
});

it('names how to get rid of what npm brings with itself: by another Node.js', async () => {
  const { upgrades } = await adviceAt(nodeUrl);

  expect(upgrades).toMatchObject([
    {
      name: 'tar',
      from: '6.1.0',
      to: '6.2.1',
      remedy: expect.stringMatching(/^Upgrade Node\.js .* or remove npm/),
    },
  ]);
  expect((await advice()).upgrades.every(({ remedy }) => remedy === undefined)).toBe(true);
});
