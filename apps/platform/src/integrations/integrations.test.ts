import { randomUUID } from 'node:crypto';
import {
  BrokerToken,
  ConnectionCheck,
  documentOf,
  ImportPolicyResource,
  Integration,
  pageOf,
} from '@plimsoll/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectTestClient } from '../broker-server/testing-broker.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';
import { hashToken } from '../organizations/tokens.ts';
import { findBrokerToken } from './broker-token-store.ts';

let platform: TestPlatform;
let integrations: string;
/** An integration made for each test. */
let id: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  integrations = `/rest/orgs/${platform.orgId}/integrations`;
});

beforeEach(async () => {
  id = await connect('harbor-cr');
});

afterAll(() => platform.stop());

async function connect(type: string, name?: string): Promise<string> {
  const attributes = { integration_type: type, ...(name !== undefined && { profile_name: name }) };
  const response = await platform.request('POST', integrations, {
    body: { data: { type: 'integration', attributes } },
  });
  return documentOf(Integration).parse(response.json()).data.id;
}

function policyUrl(integrationId = id, version = '2025-09-17'): string {
  return `/rest/orgs/${platform.orgId}/container_import/${integrationId}/policy?version=${version}`;
}

function policyBody(policy: object, more: object = {}) {
  return { data: { type: 'container_registry_import_policy', attributes: { policy }, ...more } };
}

const importAll = { name: 'Everything', import_policy: { type: 'ImportAll' } };

function setPolicy(policy: object = importAll, url = policyUrl()) {
  return platform.request('POST', url, { body: policyBody(policy) });
}

async function runsOf(integrationId: string) {
  return await platform.db
    .selectFrom('sync_run')
    .selectAll()
    .where('integration_id', '=', integrationId)
    .execute();
}

it('connects, shows, renames and disconnects a registry', async () => {
  const made = await connect('HarborCR', 'Team registry');
  const url = `${integrations}/${made}`;
  const shown = documentOf(Integration).parse((await platform.request('GET', url)).json()).data;
  const renamed = await platform.request('PATCH', url, {
    body: { data: { type: 'integration', attributes: { profile_name: 'Other' } } },
  });

  expect(shown.attributes).toMatchObject({ integration_type: 'harbor-cr', profile_name: 'Team registry' });
  expect(shown.meta).toEqual({ broker_clients: [] });
  expect(renamed.json().data.attributes.profile_name).toBe('Other');
  expect((await platform.request('DELETE', url)).statusCode).toBe(204);
  expect((await platform.request('GET', url)).statusCode).toBe(404);
});

it.each([
  ['an unknown type', { integration_type: 'floppy-cr' }, '/data/attributes/integration_type'],
  [
    'a name with other signs',
    { integration_type: 'ecr', profile_name: 'a<b' },
    '/data/attributes/profile_name',
  ],
])('refuses %s', async (_, attributes, pointer) => {
  const body = { data: { type: 'integration', attributes } };
  const response = await platform.request('POST', integrations, { body });

  expect(response.statusCode).toBe(400);
  expect(response.json().errors[0].source.pointer).toBe(pointer);
});

it('lists the registries of this organization only, page by page', async () => {
  const foreign = await platform.otherOrganization();
  await platform.db
    .insertInto('integration')
    .values({ org_id: foreign, type: 'ecr', profile_name: 'x' })
    .execute();
  for (let n = 0; n < 3; n++) await connect('oci');

  const seen: string[] = [];
  let url: string | undefined = `${integrations}?limit=2`;
  while (url !== undefined) {
    const page: { data: Integration[]; links: { next?: string | undefined } } = pageOf(Integration).parse(
      (await platform.request('GET', url)).json(),
    );
    seen.push(...page.data.map((integration) => integration.id));
    url = page.links.next;
  }
  const rows = await platform.db
    .selectFrom('integration')
    .select('id')
    .where('org_id', '=', platform.orgId)
    .execute();
  expect(seen.toSorted(byText)).toEqual(rows.map((row) => row.id).toSorted(byText));
});

it('hands out two broker tokens at most, stores their hashes only, and revokes them', async () => {
  const url = `${integrations}/${id}/broker_tokens`;
  const first = documentOf(BrokerToken).parse((await platform.request('POST', url)).json()).data;
  const second = await platform.request('POST', url);
  const third = await platform.request('POST', url);

  expect([second.statusCode, third.statusCode]).toEqual([201, 409]);
  const { token } = first.attributes;
  const found = await findBrokerToken(platform.db, hashToken(token));
  expect(found).toMatchObject({ tokenId: first.id, integrationId: id, orgId: platform.orgId });
  expect((await platform.request('GET', url)).body).not.toContain(token);
  expect(JSON.stringify(await platform.db.selectFrom('broker_token').selectAll().execute())).not.toContain(
    token,
  );

  expect((await platform.request('DELETE', `${url}/${first.id}`)).statusCode).toBe(204);
  expect(await findBrokerToken(platform.db, hashToken(token))).toBeUndefined();
});

it('sets a policy, fills what was left out, and runs it at once', async () => {
  const response = await setPolicy();

  expect(response.statusCode).toBe(201);
  expect(response.headers['location']).toBe(policyUrl());
  expect(documentOf(ImportPolicyResource).parse(response.json()).data).toEqual({
    id,
    type: 'container_registry_import_policy',
    attributes: {
      policy: {
        name: 'Everything',
        schedule_frequency_hours: 24,
        delete_images: false,
        import_policy: { type: 'ImportAll', name: 'ImportAll' },
      },
    },
  });
  expect(await runsOf(id)).toHaveLength(1);
  const shown = await platform.request('GET', `${policyUrl()}&starting_after=x&limit=10`);
  expect(shown.json().data).toEqual(response.json().data);
});

it('replaces a whole policy, and runs it after the run under way', async () => {
  await setPolicy({ ...importAll, delete_images: true });
  const response = await setPolicy({ ...importAll, name: 'Again' });

  expect(response.statusCode).toBe(201);
  expect(response.json().data.attributes.policy).toMatchObject({ name: 'Again', delete_images: false });
  expect(await runsOf(id)).toHaveLength(1);
  const { next_run_at: next } = await platform.db
    .selectFrom('import_policy')
    .select('next_run_at')
    .where('integration_id', '=', id)
    .executeTakeFirstOrThrow();
  expect(next.getTime()).toBeLessThanOrEqual(Date.now());
});

it('changes what a PATCH names, and runs only when the rules changed', async () => {
  await setPolicy({ ...importAll, schedule_frequency_hours: 48 });
  await platform.db.updateTable('sync_run').set({ finished_at: new Date() }).execute();
  const patch = async (policy: object) =>
    (await platform.request('PATCH', policyUrl(), { body: policyBody(policy) })).json().data.attributes
      .policy;

  expect(await patch({ name: 'Renamed' })).toMatchObject({ name: 'Renamed', schedule_frequency_hours: 48 });
  expect(await patch({ schedule_frequency_hours: null })).toMatchObject({ schedule_frequency_hours: 24 });
  expect(await runsOf(id)).toHaveLength(1);
  expect(await patch({ delete_images: true })).toMatchObject({ delete_images: true, name: 'Renamed' });
  expect(await runsOf(id)).toHaveLength(2);
});

it('names every part of a policy, and takes a policy of eight levels', async () => {
  const rules = { type: 'Or', sub_policies: [regex({ tag: '^prod.*' }), { name: 'all', ...nested(7) }] };
  const response = await setPolicy({ name: 'x', import_policy: rules });

  expect(response.statusCode).toBe(201);
  const { import_policy: shown } = response.json().data.attributes.policy;
  expect(shown).toMatchObject({ name: 'Or', sub_policies: [{ name: 'Regex' }, { name: 'all' }] });
});

it('keeps the baseline of ImportAllNew until that is no part of the policy any more', async () => {
  const onlyNew = { name: 'x', import_policy: { type: 'ImportAllNew' } };
  const baseline = async () =>
    (
      await platform.db
        .selectFrom('import_policy')
        .select('baseline_at')
        .where('integration_id', '=', id)
        .executeTakeFirstOrThrow()
    ).baseline_at;

  await setPolicy(onlyNew);
  const first = await baseline();
  await setPolicy({
    name: 'y',
    import_policy: { type: 'And', sub_policies: [onlyNew.import_policy, regex({ tag: 'a' })] },
  });
  expect(first).toBeInstanceOf(Date);
  expect(await baseline()).toEqual(first);
  await setPolicy();
  expect(await baseline()).toBeNull();
  await setPolicy(onlyNew);
  expect(await baseline()).not.toEqual(first);
});

it('removes a policy and stops', async () => {
  await setPolicy();

  expect((await platform.request('DELETE', policyUrl())).statusCode).toBe(204);
  expect((await platform.request('DELETE', policyUrl())).statusCode).toBe(404);
  expect((await platform.request('GET', policyUrl())).statusCode).toBe(404);
  expect((await platform.request('PATCH', policyUrl(), { body: policyBody({ name: 'x' }) })).statusCode).toBe(
    404,
  );
});

const at = '/data/attributes/policy';
const regex = (policy: object) => ({ type: 'Regex', policy });

/** A policy of so many levels. */
function nested(levels: number): object {
  if (levels === 1) return { type: 'ImportAll', policy: {}, sub_policies: [] };
  return { type: 'And', policy: {}, sub_policies: [nested(levels - 1)] };
}

it.each([
  ['no name', { import_policy: { type: 'ImportAll' } }, [`${at}/name`]],
  ['no rules', { name: 'x' }, [`${at}/import_policy`]],
  ['an unknown type', { name: 'x', import_policy: { type: 'importall' } }, [`${at}/import_policy/type`]],
  ['every hour', { ...importAll, schedule_frequency_hours: 1 }, [`${at}/schedule_frequency_hours`]],
  ['half hours', { ...importAll, schedule_frequency_hours: 2.5 }, [`${at}/schedule_frequency_hours`]],
  ['unknown keys', { ...importAll, 'a/b': 1, c: 2 }, [`${at}/a~1b`, `${at}/c`]],
  [
    'sub-policies of a leaf',
    { name: 'x', import_policy: { type: 'ImportAll', sub_policies: [{}] } },
    [`${at}/import_policy/sub_policies`],
  ],
  [
    'two faults',
    { name: '', import_policy: { type: 'ImportAll' }, delete_images: 'yes' },
    [`${at}/name`, `${at}/delete_images`],
  ],
  [
    'a bad pattern, and more',
    { name: '', import_policy: regex({ repo: '(?=a)', tag: '[' }) },
    [`${at}/name`, `${at}/import_policy/policy/repo`, `${at}/import_policy/policy/tag`],
  ],
  ['an empty regex', { name: 'x', import_policy: regex({}) }, [`${at}/import_policy/policy`]],
  [
    'faults in several parts',
    {
      name: 'x',
      import_policy: {
        type: 'Or',
        sub_policies: [
          { type: 'Recent', policy: { maxAgeDays: 0, more: 1 } },
          { type: 'And', sub_policies: [] },
          { type: 'LastNObserved' },
          { type: 'RuntimeIntegrations', policy: { providerName: 'sysdig', intervalHours: 24 } },
        ],
      },
    },
    [
      `${at}/import_policy/sub_policies/0/policy/maxAgeDays`,
      `${at}/import_policy/sub_policies/0/policy/more`,
      `${at}/import_policy/sub_policies/1/sub_policies`,
      `${at}/import_policy/sub_policies/2/policy`,
      `${at}/import_policy/sub_policies/3/type`,
    ],
  ],
  [
    'nine levels',
    { name: 'x', import_policy: nested(9) },
    [`${at}/import_policy${'/sub_policies/0'.repeat(8)}`],
  ],
  [
    'parameters of a tree',
    { name: 'x', import_policy: { ...nested(2), policy: { a: 1 } } },
    [`${at}/import_policy/policy/a`],
  ],
  [
    '51 policies',
    { name: 'x', import_policy: { type: 'Or', sub_policies: Array.from({ length: 50 }, () => nested(1)) } },
    [`${at}/import_policy`],
  ],
])('refuses a policy with %s, pointing at each fault', async (_, policy, pointers) => {
  const response = await setPolicy(policy);

  expect(response.statusCode).toBe(400);
  const errors = response.json().errors as { source: { pointer: string } }[];
  expect(errors.map((error) => error.source.pointer).toSorted(byText)).toEqual(pointers.toSorted(byText));
});

it.each([
  ['2025-08-21~experimental', 201, '2023-10-11~experimental'],
  ['2025-09-17', 201, '2025-09-17'],
  ['2025-11-05~beta', 201, '2025-09-17'],
  ['2025-08-21', 404, undefined],
])('serves policies to version %s with %i', async (version, status, served) => {
  const response = await setPolicy(importAll, policyUrl(id, version));

  expect(response.statusCode).toBe(status);
  expect(response.headers['snyk-version-served']).toBe(served);
});

it('takes policies for GitHub and GitLab too, whose repositories their own APIs tell', async () => {
  expect((await setPolicy(importAll, policyUrl(await connect('gitlab-cr')))).statusCode).toBe(201);
  expect((await setPolicy(importAll, policyUrl(await connect('github-cr')))).statusCode).toBe(201);
});

it('conflicts with the id of another integration', async () => {
  const body = policyBody(importAll, { id: randomUUID() });

  expect((await platform.request('POST', policyUrl(), { body })).statusCode).toBe(409);
  expect((await setPolicy(importAll, policyUrl(randomUUID()))).statusCode).toBe(404);
});

it('checks a connection that has no broker client, and names the hop', async () => {
  const response = await platform.request('POST', `${integrations}/${id}/connection_checks`);

  const { attributes } = documentOf(ConnectionCheck).parse(response.json()).data;
  expect(attributes.ok).toBe(false);
  expect(attributes.hops.map(({ hop, status }) => `${hop} ${status}`)).toEqual([
    'broker-client failed',
    'agent unknown',
    'registry unknown',
  ]);
});

it('closes the tunnel of a token that may not be used from there any more', async () => {
  const path = `${integrations}/${id}/broker_tokens`;
  const body = (attributes: object) => ({ body: { data: { type: 'broker_token', attributes } } });
  const made = await platform.request('POST', path, body({ allowed_addresses: ['127.0.0.0/8', '::1'] }));
  const { data } = documentOf(BrokerToken).parse(made.json());
  const client = await connectTestClient(platform.url, data.attributes.token, () => undefined);
  const certificate = 'AB'.repeat(32);

  const changed = await platform.request(
    'PATCH',
    `${path}/${data.id}`,
    body({ allowed_addresses: ['192.0.2.0/24'], certificate_sha256: certificate }),
  );
  await client.lost;
  await expect.poll(() => client.dialer.state).toBe('refused');
  await client.dialer.stop(0);

  expect(changed.json().data.attributes).toMatchObject({
    allowed_addresses: ['192.0.2.0/24'],
    certificate_sha256: certificate.toLowerCase(),
  });
  const wrong = await platform.request(
    'PATCH',
    `${path}/${data.id}`,
    body({ allowed_addresses: ['10.0.0'] }),
  );
  expect([wrong.statusCode, wrong.body]).toEqual([400, expect.stringContaining('10.0.0 is no address')]);
});

it('speaks the older API: connect, change the token without a gap', async () => {
  const v1 = `/v1/org/${platform.orgId}/integrations`;
  const made = await platform.request('POST', v1, { body: { type: 'QuayCR', broker: { enabled: true } } });
  const { id: quay, brokerToken: first } = made.json() as { id: string; brokerToken: string };
  const post = (path: string) => platform.request('POST', `/api${v1}/${quay}/authentication/${path}`);
  const works = async (token: string) => (await findBrokerToken(platform.db, hashToken(token))) !== undefined;

  expect((await platform.request('GET', v1)).json()).toMatchObject({ 'quay-cr': quay });
  expect((await platform.request('GET', `${v1}/quay-cr`)).json()).toEqual({ id: quay });
  expect((await platform.request('GET', `${v1}/ecr`)).statusCode).toBe(404);
  const again = await platform.request('PUT', `${v1}/${quay}`, { body: { broker: { enabled: true } } });
  expect(again.json()).toEqual({ id: quay });
  expect((await post('switch-token')).statusCode).toBe(409);
  const { provisionalBrokerToken: second } = (await post('provision-token')).json() as Record<string, string>;
  expect((await post('provision-token')).statusCode).toBe(409);
  expect([await works(first), await works(second ?? '')]).toEqual([true, true]);
  // Switched to a token that no client has, the registry would be lost.
  expect((await post('switch-token')).statusCode).toBe(409);
  const { dialer } = await connectTestClient(platform.url, second ?? '', () => undefined);
  await expect.poll(async () => (await post('switch-token')).json()).toEqual({ id: quay });
  expect(dialer.state).toBe('open');
  await dialer.stop(0);
  expect([await works(first), await works(second ?? '')]).toEqual([false, true]);
  expect((await platform.request('DELETE', `${v1}/${quay}/authentication`)).json()).toEqual({});
  expect(await works(second ?? '')).toBe(false);
});

it.each([
  ['credentials', { type: 'ecr', credentials: { password: 'x' } }],
  ['no broker', { type: 'ecr', broker: { enabled: false } }],
])('takes no credentials from the older API: %s', async (_, body) => {
  const response = await platform.request('POST', `/v1/org/${platform.orgId}/integrations`, { body });

  expect(response.statusCode).toBe(400);
  expect(response.json().message).toMatch(/stay with the broker client/);
});

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
