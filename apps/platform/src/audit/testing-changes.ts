import type { LightMyRequestResponse } from 'fastify';
import { sql } from 'kysely';
import { settings } from './testing-settings-changes.ts';
import { triage } from './testing-triage-changes.ts';
import { connectTestClient } from '../broker-server/testing-broker.ts';
import { startReceiver } from '../notifications/testing-receiver.ts';
import { addTestProjects } from '../projects/testing-images.ts';
import { testAdmin, type TestPlatform } from '../testing-platform.ts';

/** A request that changes something, once; what it needs was made before. */
export type ChangeRequest = {
  readonly url: string;
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  /** What it tells that must never be seen again. */
  readonly secrets?: readonly string[];
  /** The entry is in the log of another organization, which the request makes. */
  readonly isElsewhere?: boolean;
};

export type Recipe = (world: ChangeWorld) => Promise<ChangeRequest>;

/** What recipes make changes to. */
export class ChangeWorld {
  readonly platform: TestPlatform;
  readonly #closing: (() => Promise<unknown>)[] = [];
  #serial = 0;

  constructor(platform: TestPlatform) {
    this.platform = platform;
  }

  get org(): string {
    return `/rest/orgs/${this.platform.orgId}`;
  }

  /** A name that nothing else has. */
  name(word: string): string {
    return `${word}-${++this.#serial}`;
  }

  async ok(
    method: Parameters<TestPlatform['request']>[0],
    url: string,
    body?: unknown,
  ): Promise<LightMyRequestResponse> {
    const answer = await this.platform.request(method, url, body === undefined ? {} : { body });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`);
    return answer;
  }

  async make(url: string, type: string, attributes: object): Promise<string> {
    const answer = await this.ok('POST', url, { data: { type, attributes } });
    return answer.json<{ data: { id: string } }>().data.id;
  }

  async integration(): Promise<string> {
    const attributes = { integration_type: 'oci', profile_name: this.name('registry') };
    return await this.make(`${this.org}/integrations`, 'integration', attributes);
  }

  async withPolicy(): Promise<string> {
    const id = await this.integration();
    await this.ok('POST', this.policyUrl(id), policyDocument());
    // The run that a new policy starts is over.
    await this.platform.db
      .updateTable('sync_run')
      .set({ status: 'completed', finished_at: new Date() })
      .where('integration_id', '=', id)
      .execute();
    return id;
  }

  policyUrl(integrationId: string): string {
    return `${this.org}/container_import/${integrationId}/policy`;
  }

  async run(integrationId: string, state: { status: string; prune_state?: string }): Promise<string> {
    const isOver = state.status === 'completed';
    const run = await this.platform.db
      .insertInto('sync_run')
      .values({
        integration_id: integrationId,
        ...state,
        ...(isOver && { finished_at: new Date() }),
        ...(state.prune_state && { prune_changed_at: new Date() }),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return run.id;
  }

  async project(): Promise<{ id: string; targetId: string; integrationId: string }> {
    const integrationId = await this.integration();
    const owner = { orgId: this.platform.orgId, integrationId };
    const [id = ''] = await addTestProjects(this.platform.db, owner, ['team/app:1.0']);
    const { target_id: targetId } = await this.platform.db
      .selectFrom('project')
      .select('target_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return { id, targetId, integrationId };
  }

  atEnd(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

function signInDocument() {
  return { data: { type: 'session', attributes: testAdmin } };
}

function policyDocument(name = 'everything') {
  const policy = { name, import_policy: { type: 'ImportAll' } };
  return { data: { type: 'container_registry_import_policy', attributes: { policy } } };
}

const accounts: Readonly<Record<string, Recipe>> = {
  'POST /rest/sessions': async () => ({
    url: '/rest/sessions',
    token: null,
    body: signInDocument(),
    secrets: [testAdmin.password],
  }),
  'DELETE /rest/sessions/current': async (world) => ({
    url: '/rest/sessions/current',
    token: null,
    headers: { cookie: await world.platform.signIn() },
  }),
  'POST /rest/self/personal_access_tokens': async (world) => ({
    url: tokensUrl,
    token: null,
    headers: { cookie: await world.platform.signIn() },
    body: personalToken(),
  }),
  'DELETE /rest/self/personal_access_tokens/{personal_access_token_id}': async ({ platform }) => {
    const headers = { cookie: await platform.signIn() };
    const made = await platform.request('POST', tokensUrl, { token: null, headers, body: personalToken() });
    const { data } = made.json() as { data: { id: string } };
    return { url: `${tokensUrl}/${data.id}`, token: null, headers };
  },
  'POST /v1/org': async ({ platform }) => ({
    url: '/v1/org',
    token: null,
    headers: { cookie: await platform.signIn() },
    body: { name: 'Second harbour' },
    isElsewhere: true,
  }),
  'PATCH /rest/orgs/{org_id}': async (world) => ({
    url: world.org,
    body: { data: { type: 'org', attributes: { name: world.name('Organization') } } },
  }),
  'POST /rest/orgs/{org_id}/service_accounts': async (world) => ({
    url: `${world.org}/service_accounts`,
    body: { data: { type: 'service_account', attributes: { name: 'ci', role_id: 'sync' } } },
  }),
  'PATCH /rest/orgs/{org_id}/service_accounts/{service_account_id}': async (world) => ({
    url: `${world.org}/service_accounts/${await serviceAccount(world)}`,
    body: { data: { type: 'service_account', attributes: { name: 'another' } } },
  }),
  'POST /rest/orgs/{org_id}/service_accounts/{service_account_id}/secrets': async (world) => ({
    url: `${world.org}/service_accounts/${await serviceAccount(world)}/secrets`,
  }),
  'DELETE /rest/orgs/{org_id}/service_accounts/{service_account_id}': async (world) => ({
    url: `${world.org}/service_accounts/${await serviceAccount(world)}`,
  }),
};

const tokensUrl = '/rest/self/personal_access_tokens';

function personalToken() {
  return { data: { type: 'personal_access_token', attributes: { name: 'laptop' } } };
}

const members: Readonly<Record<string, Recipe>> = {
  'POST /rest/orgs/{org_id}/memberships': async (world) => {
    const email = await outsider(world);
    const relationships = { role: { data: { id: 'viewer', type: 'org_role' } } };
    return {
      url: `${world.org}/memberships`,
      body: { data: { type: 'org_membership', attributes: { email }, relationships } },
    };
  },
  'PATCH /rest/orgs/{org_id}/memberships/{membership_id}': async (world) => ({
    url: await member(world),
    body: {
      data: {
        type: 'org_membership',
        relationships: { role: { data: { id: 'collaborator', type: 'org_role' } } },
      },
    },
  }),
  'DELETE /rest/orgs/{org_id}/memberships/{membership_id}': async (world) => ({ url: await member(world) }),
  'POST /rest/orgs/{org_id}/invites': async (world) => ({
    url: `${world.org}/invites`,
    body: inviteOf(world),
  }),
  'DELETE /rest/orgs/{org_id}/invites/{invite_id}': async (world) => {
    const answer = await world.ok('POST', `${world.org}/invites`, inviteOf(world));
    return { url: `${world.org}/invites/${answer.json<{ data: { id: string } }>().data.id}` };
  },
  'POST /rest/invites/accept': async (world) => {
    const answer = await world.ok('POST', `${world.org}/invites`, inviteOf(world));
    const { data } = answer.json<{ data: { attributes: { url: string } } }>();
    const token = data.attributes.url.split('#')[1] ?? '';
    const attributes = { token, name: 'Ada', password: 'ten letters or more' };
    return {
      url: '/rest/invites/accept',
      token: null,
      body: { data: { type: 'invite_acceptance', attributes } },
      secrets: [token, attributes.password],
    };
  },
};

function inviteOf(world: ChangeWorld) {
  const attributes = { email: `${world.name('ada')}@example.test`, role: 'viewer' };
  return { data: { type: 'org_invitation', attributes } };
}

/** Somebody with an account and no organization; answers with the address. */
async function outsider(world: ChangeWorld): Promise<string> {
  const email = `${world.name('eve')}@example.test`;
  await world.platform.db.insertInto('person').values({ email, name: 'Eve', password_hash: '' }).execute();
  return email;
}

async function member(world: ChangeWorld): Promise<string> {
  const email = await outsider(world);
  const { db, orgId } = world.platform;
  const { id } = await db
    .selectFrom('person')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await db.insertInto('membership').values({ org_id: orgId, person_id: id, role: 'viewer' }).execute();
  return `${world.org}/memberships/${id}`;
}

async function serviceAccount(world: ChangeWorld): Promise<string> {
  const attributes = { name: world.name('account'), role_id: 'viewer' };
  return await world.make(`${world.org}/service_accounts`, 'service_account', attributes);
}

const integrations: Readonly<Record<string, Recipe>> = {
  'POST /rest/orgs/{org_id}/integrations': async (world) => ({
    url: `${world.org}/integrations`,
    body: { data: { type: 'integration', attributes: { integration_type: 'harbor-cr' } } },
  }),
  'PATCH /rest/orgs/{org_id}/integrations/{integration_id}': async (world) => ({
    url: `${world.org}/integrations/${await world.integration()}`,
    body: { data: { type: 'integration', attributes: { profile_name: 'another' } } },
  }),
  'DELETE /rest/orgs/{org_id}/integrations/{integration_id}': async (world) => ({
    url: `${world.org}/integrations/${await world.integration()}`,
  }),
  'POST /rest/orgs/{org_id}/integrations/{integration_id}/broker_tokens': async (world) => ({
    url: `${world.org}/integrations/${await world.integration()}/broker_tokens`,
  }),
  'PATCH /rest/orgs/{org_id}/integrations/{integration_id}/broker_tokens/{broker_token_id}': async (
    world,
  ) => ({
    url: await brokerToken(world),
    body: { data: { type: 'broker_token', attributes: { allowed_addresses: ['192.0.2.7'] } } },
  }),
  'DELETE /rest/orgs/{org_id}/integrations/{integration_id}/broker_tokens/{broker_token_id}': async (
    world,
  ) => ({ url: await brokerToken(world) }),
  'POST /v1/org/{org_id}/integrations': async ({ platform }) => ({
    url: `/v1/org/${platform.orgId}/integrations`,
    body: { type: 'QuayCR', broker: { enabled: true } },
  }),
  'PUT /v1/org/{org_id}/integrations/{integration_id}': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}`,
    body: { broker: { enabled: true } },
  }),
  'DELETE /v1/org/{org_id}/integrations/{integration_id}/authentication': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}/authentication`,
  }),
  'POST /v1/org/{org_id}/integrations/{integration_id}/authentication/provision-token': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}/authentication/provision-token`,
  }),
  'POST /v1/org/{org_id}/integrations/{integration_id}/authentication/switch-token': async (world) => {
    const id = await world.integration();
    const authentication = `/v1/org/${world.platform.orgId}/integrations/${id}/authentication`;
    await world.ok('POST', `${authentication}/provision-token`);
    const second = await world.ok('POST', `${authentication}/provision-token`);
    const { provisionalBrokerToken: token } = second.json() as { provisionalBrokerToken: string };
    const { dialer } = await connectTestClient(world.platform.url, token, () => undefined);
    world.atEnd(() => dialer.stop(0));
    // A client that came asks its agent at once, and once more later: both are enqueued after it is there.
    for (;;) {
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from pgboss.job where data::text like ${`%${id}%`}`.execute(
        world.platform.db,
      );
      if (rows[0]?.count === 2) break;
    }
    return { url: `${authentication}/switch-token` };
  },
};

async function brokerToken(world: ChangeWorld): Promise<string> {
  const tokens = `${world.org}/integrations/${await world.integration()}/broker_tokens`;
  return `${tokens}/${await world.make(tokens, 'broker_token', {})}`;
}

const syncs: Readonly<Record<string, Recipe>> = {
  'POST /rest/orgs/{org_id}/container_import/{integration_id}/policy': async (world) => ({
    url: world.policyUrl(await world.integration()),
    body: policyDocument(),
  }),
  'PATCH /rest/orgs/{org_id}/container_import/{integration_id}/policy': async (world) => ({
    url: world.policyUrl(await world.withPolicy()),
    body: policyDocument('another'),
  }),
  'DELETE /rest/orgs/{org_id}/container_import/{integration_id}/policy': async (world) => ({
    url: world.policyUrl(await world.withPolicy()),
  }),
  'POST /rest/orgs/{org_id}/container_import/{integration_id}/policy/dry_run': async (world) => ({
    url: `${world.policyUrl(await world.integration())}/dry_run`,
    body: policyDocument(),
  }),
  'PATCH /rest/orgs/{org_id}/integrations/{integration_id}/sync': async (world) => ({
    url: `${world.org}/integrations/${await world.withPolicy()}/sync`,
    body: { data: { type: 'sync_schedule', attributes: { paused: true } } },
  }),
  'POST /rest/orgs/{org_id}/integrations/{integration_id}/sync_runs': async (world) => ({
    url: `${world.org}/integrations/${await world.withPolicy()}/sync_runs`,
  }),
  'POST /rest/orgs/{org_id}/integrations/{integration_id}/sync_runs/{run_id}/cancel': (world) =>
    decision(world, { status: 'pending' }, 'cancel'),
  'POST /rest/orgs/{org_id}/integrations/{integration_id}/sync_runs/{run_id}/prune/confirm': (world) =>
    decision(world, { status: 'completed', prune_state: 'held' }, 'prune/confirm'),
  'POST /rest/orgs/{org_id}/integrations/{integration_id}/sync_runs/{run_id}/prune/undo': (world) =>
    decision(world, { status: 'completed', prune_state: 'pruned' }, 'prune/undo'),
};

const notifications: Readonly<Record<string, Recipe>> = {
  'POST /rest/orgs/{org_id}/notification_channels': async (world) => ({
    url: `${world.org}/notification_channels`,
    body: { data: { type: 'notification_channel', attributes: await webhook(world) } },
    secrets: [signingKey],
  }),
  'PATCH /rest/orgs/{org_id}/notification_channels/{notification_channel_id}': async (world) => ({
    url: await channel(world),
    body: { data: { type: 'notification_channel', attributes: { secret: anotherKey, name: 'another' } } },
    secrets: [anotherKey],
  }),
  'DELETE /rest/orgs/{org_id}/notification_channels/{notification_channel_id}': async (world) => ({
    url: await channel(world),
  }),
  'POST /rest/orgs/{org_id}/notification_channels/{notification_channel_id}/test': async (world) => ({
    url: `${await channel(world)}/test`,
  }),
  'POST /v1/org/{org_id}/webhooks': async (world) => ({
    url: webhooksUrl(world),
    body: { url: (await webhook(world)).url, secret: signingKey },
    secrets: [signingKey],
  }),
  'DELETE /v1/org/{org_id}/webhooks/{webhook_id}': async (world) => ({ url: await v1Webhook(world) }),
  'POST /v1/org/{org_id}/webhooks/{webhook_id}/ping': async (world) => ({
    url: `${await v1Webhook(world)}/ping`,
  }),
};

const signingKey = 'the key that signs what a webhook is told';
const anotherKey = 'another key that signs what a webhook is told';

async function webhook(world: ChangeWorld) {
  const receiver = await startReceiver();
  world.atEnd(() => receiver.stop());
  return { channel_type: 'webhook', url: `${receiver.url}?token=in-the-query`, secret: signingKey };
}

async function channel(world: ChangeWorld): Promise<string> {
  const channels = `${world.org}/notification_channels`;
  return `${channels}/${await world.make(channels, 'notification_channel', await webhook(world))}`;
}

function webhooksUrl(world: ChangeWorld): string {
  return `/v1/org/${world.platform.orgId}/webhooks`;
}

async function v1Webhook(world: ChangeWorld): Promise<string> {
  const { url, secret } = await webhook(world);
  const { id } = (await world.ok('POST', webhooksUrl(world), { url, secret })).json<{ id: string }>();
  return `${webhooksUrl(world)}/${id}`;
}

async function decision(
  world: ChangeWorld,
  state: { status: string; prune_state?: string },
  verb: string,
): Promise<ChangeRequest> {
  const id = await world.integration();
  const runId = await world.run(id, state);
  return { url: `${world.org}/integrations/${id}/sync_runs/${runId}/${verb}` };
}

const projects: Readonly<Record<string, Recipe>> = {
  'PATCH /rest/orgs/{org_id}/projects/{project_id}': async (world) => ({
    url: `${world.org}/projects/${(await world.project()).id}`,
    body: { data: { type: 'project', attributes: { status: 'inactive' } } },
  }),
  'POST /v1/org/{org_id}/project/{project_id}/activate': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/project/${(await world.project()).id}/activate`,
  }),
  'POST /v1/org/{org_id}/project/{project_id}/deactivate': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/project/${(await world.project()).id}/deactivate`,
  }),
  'DELETE /rest/orgs/{org_id}/projects/{project_id}': async (world) => ({
    url: `${world.org}/projects/${(await world.project()).id}`,
  }),
  'DELETE /rest/orgs/{org_id}/targets/{target_id}': async (world) => ({
    url: `${world.org}/targets/${(await world.project()).targetId}`,
  }),
  'POST /v1/org/{org_id}/integrations/{integration_id}/import': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}/import`,
    body: { target: { name: 'team/app:2.0' } },
  }),
};

/** For each route that changes something, as the API document names it (without `/api`), a request that does. */
export const changeRecipes: Readonly<Record<string, Recipe>> = {
  ...accounts,
  ...settings,
  ...members,
  ...integrations,
  ...syncs,
  ...projects,
  ...notifications,
  ...triage,
};
