import { documentOf, IntegrationSettings } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDigest, testInventory } from '../projects/testing-images.ts';
import { takeResult } from '../scans/scan-outcome.ts';
import { insertScans } from '../scans/scan-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { addIntegration } from './integration-store.ts';

let platform: TestPlatform;
let id: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  id = (await addIntegration(platform.db, platform.orgId, 'harbor-cr', 'Harbor')).id;
});
afterAll(() => platform.stop());

const rest = () => `/rest/orgs/${platform.orgId}/integrations/${id}/settings`;
const v1 = () => `/v1/org/${platform.orgId}/integrations/${id}/settings`;
const patch = (attributes: object) =>
  platform.request('PATCH', rest(), { body: { data: { type: 'integration_settings', attributes } } });

it('looks for packages of applications unless told otherwise, in both forms of the API', async () => {
  const isEnabled = async () =>
    documentOf(IntegrationSettings).parse((await platform.request('GET', rest())).json()).data.attributes;

  expect(await isEnabled()).toEqual({ container_app_scan_enabled: true });
  expect((await patch({ container_app_scan_enabled: false })).statusCode).toBe(200);
  expect((await platform.request('GET', v1())).json()).toEqual({ containerAppScanEnabled: false });
  const put = await platform.request('PUT', v1(), { body: { containerAppScanEnabled: true } });
  expect(put.json()).toEqual({ containerAppScanEnabled: true });
  expect((await patch({})).statusCode).toBe(200);
  expect(await isEnabled()).toEqual({ container_app_scan_enabled: true });
});

it('refuses settings that it would not follow', async () => {
  expect((await patch({ unknown: true })).statusCode).toBe(400);
  const put = await platform.request('PUT', v1(), { body: { autoDepUpgradeEnabled: true } });
  expect(put.statusCode).toBe(400);
});

it.each([
  [true, ['bash', 'left-pad']],
  [false, ['bash']],
])('keeps packages of applications: %s', async (isEnabled, names) => {
  await patch({ container_app_scan_enabled: isEnabled });
  const digest = testDigest(isEnabled ? 'a' : 'b');
  const inventory = testInventory(digest, ['bash@5.2']);
  const [bash] = inventory.packages;
  const leftPad = {
    ...bash!,
    purl: 'pkg:npm/left-pad@1.0.0',
    type: 'npm',
    name: 'left-pad',
    version: '1.0.0',
  };
  const owner = { orgId: platform.orgId, integrationId: id, syncRunId: null };
  const target = { repository: 'team/app', reference: digest, platform: 'linux/amd64' };
  const [scan] = await insertScans(platform.db, owner, [target]);

  const outcome = await takeResult(platform, id, {
    scanId: scan?.id ?? '',
    inventory: { ...inventory, packages: [bash!, leftPad] },
  });

  expect(outcome).toBe('taken');
  const stored = await platform.db
    .selectFrom('image')
    .innerJoin('package', (join) => join.on((on) => on.eb('package.id', '=', on.fn.any('image.package_ids'))))
    .select('package.name')
    .where('image.digest', '=', digest)
    .orderBy('package.name')
    .execute();
  expect(stored.map(({ name }) => name)).toEqual(names);
});
