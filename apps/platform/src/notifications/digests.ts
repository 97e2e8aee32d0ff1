import type { IssuesDigest, SeverityLevel } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { changesOfEvents, changesOfImages, type ChangedProject } from '../projects/changed-issues.ts';
import { lastImageChange } from '../projects/image-change-store.ts';
import { issuesOfEvents, takeIssuesOfImages, type NewIssues } from '../projects/new-issues.ts';
import {
  channelsOf,
  lockNotified,
  organizationsToTell,
  setNotified,
  type ChannelRow,
} from './channel-store.ts';
import { deliverJobName } from './deliver.ts';
import { addDelivery } from './delivery-store.ts';
import { atLeast, type Message } from './message.ts';
import type { NotificationsDeps } from './notifications-deps.ts';
import { snapshotAtLeast, snapshotsOf } from './snapshots.ts';

type DigestDeps = Pick<NotificationsDeps, 'db' | 'jobs' | 'publicUrl'>;

/**
 * Tells an integration's organization of the issues that came with images since the last digest: one message per
 * channel, whatever the number of images, or one per project that has changed, where a webhook wants that. With `runId`
 * they came by that sync run.
 */
export async function tellOfImages(
  deps: DigestDeps,
  integrationId: string,
  runId: string | undefined,
): Promise<void> {
  await deps.db.transaction().execute(async (transaction) => {
    const integration = await transaction
      .selectFrom('integration')
      .select(['id', 'org_id', 'profile_name', 'type'])
      .where('id', '=', integrationId)
      .executeTakeFirst();
    if (!integration) return;
    const channels = await channelsOf(transaction, integration.org_id);
    if (channels.length === 0) {
      await transaction
        .deleteFrom('project_image_change')
        .where('integration_id', '=', integrationId)
        .execute();
      return;
    }
    const at = new Date();
    const upTo = await lastImageChange(transaction, integrationId);
    const changes = channels.some(wantsSnapshots)
      ? await changesOfImages(transaction, integrationId, upTo, at)
      : [];
    const found = await takeIssuesOfImages(transaction, integrationId, upTo, at);
    await tell(
      deps,
      transaction,
      integration.org_id,
      channels,
      { found, changes },
      {
        cause: runId === undefined ? 'images' : 'sync',
        integration: { id: integration.id, name: integration.profile_name, type: integration.type },
        ...(runId !== undefined && { sync_run_id: runId }),
      },
    );
  });
}

/**
 * Tells each organization of the issues that came because advisories changed, since it was told last.
 * @returns false when matching is still under way: then the digest would be cut in two, and the caller asks again.
 */
export async function tellOfAdvisories(deps: DigestDeps, quietSeconds: number): Promise<boolean> {
  const upTo = await lastEvent(deps.db, quietSeconds);
  if (upTo === undefined) return false;
  for (const { orgId, after } of await organizationsToTell(deps.db)) {
    if (after >= upTo) continue;
    await deps.db.transaction().execute(async (transaction) => {
      const told = await lockNotified(transaction, orgId);
      if (told === undefined || told >= upTo) return;
      const at = new Date();
      const channels = await channelsOf(transaction, orgId);
      const found = await issuesOfEvents(transaction, orgId, { after: told, upTo }, at);
      const changes = channels.some(wantsSnapshots)
        ? await changesOfEvents(transaction, orgId, { after: told, upTo }, at)
        : [];
      await tell(deps, transaction, orgId, channels, { found, changes }, { cause: 'advisories' });
      await setNotified(transaction, orgId, upTo);
    });
  }
  return true;
}

/** Longest a digest waits for matching to come to rest, minutes: advisories may change all day. */
const maxWaitMinutes = 30;

/**
 * The newest event, once none was added for so many seconds; undefined before. The lock waits for transactions that add
 * events, so that none with a lower number appears later.
 */
async function lastEvent(db: Kysely<Database>, quietSeconds: number): Promise<number | undefined> {
  return await db.transaction().execute(async (transaction) => {
    await sql`lock table finding_event in share mode`.execute(transaction);
    const { rows } = await sql<{ id: number | null; is_quiet: boolean }>`
      select (select max(id) from finding_event) as id,
        coalesce((select at <= now() - make_interval(secs => ${quietSeconds}) from finding_event
          order by id desc limit 1), true)
        or coalesce((select at < now() - make_interval(mins => ${maxWaitMinutes}) from finding_event
          where id > (select min(finding_event_id) from notified_event
            where org_id in (select org_id from notification_channel))
          order by id limit 1), false) as is_quiet`.execute(transaction);
    const [row] = rows;
    return row?.is_quiet ? (row.id ?? 0) : undefined;
  });
}

/** What there is to tell: all new issues together, and per project for those who want that. */
type News = { readonly found: NewIssues | undefined; readonly changes: readonly ChangedProject[] };

function wantsSnapshots({ payload }: Pick<ChannelRow, 'payload'>): boolean {
  return payload === 'project_snapshot';
}

async function tell(
  deps: DigestDeps,
  transaction: Kysely<Database>,
  orgId: string,
  channels: readonly ChannelRow[],
  { found, changes }: News,
  about: Pick<IssuesDigest, 'cause' | 'integration' | 'sync_run_id'>,
): Promise<void> {
  if (!found && changes.length === 0) return;
  const { publicUrl } = deps;
  const org = await transaction
    .selectFrom('organization')
    .select(['id', 'name', 'slug'])
    .where('id', '=', orgId)
    .executeTakeFirstOrThrow();
  const digest: IssuesDigest | undefined = found && {
    event: 'issues_digest',
    ...about,
    org,
    ...found,
    url: `${publicUrl}/images`,
  };
  const snapshots = await snapshotsOf({ db: transaction, publicUrl }, org, changes);
  for (const channel of channels) {
    const minimum = channel.min_severity as SeverityLevel;
    const messages = wantsSnapshots(channel)
      ? snapshots.map((snapshot) => snapshotAtLeast(snapshot, minimum))
      : [digest && atLeast(digest, minimum)];
    for (const message of messages) {
      if (message) await send(deps, transaction, channel.id, message);
    }
  }
}

async function send(
  { jobs }: DigestDeps,
  transaction: Kysely<Database>,
  channelId: string,
  message: Message,
): Promise<void> {
  const deliveryId = await addDelivery(transaction, channelId, message);
  const options = { singletonKey: deliveryId, group: channelId, transaction };
  await jobs.send(deliverJobName, { deliveryId }, options);
}
