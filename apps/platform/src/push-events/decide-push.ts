import { judgesByRank, planPush, type PushPlan } from '@plimsoll/policy';
import { backoffDelayMs } from '@plimsoll/runtime';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { scheduledPolicy, type ScheduledPolicy } from '../integrations/policy-schedule.ts';
import { projectState } from '../projects/project-writes.ts';
import { defaultPlatform } from '../scans/default-platform.ts';
import { requestScans } from '../scans/request-scans.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import { knownCandidate, knownRivals, putPushedImage } from '../sync/pushed-image-store.ts';
import { isTombstoned } from '../sync/tombstone-store.ts';
import { sendDecide } from './push-event-jobs.ts';
import { countAttempt, decideEvent, undecidedEvent, type PushEventRow } from './push-event-store.ts';
import type { PushEventsDeps } from './push-events-deps.ts';

/** How often the registry is asked about one event; with the pauses, for about an hour and a half. */
const maxAttempts = 12;

/** How often it is asked about a tag that it does not know: some products tell of a push before it can be seen. */
const maxAttemptsUnknown = 4;

const pause = { firstMs: 5_000, capMs: 600_000 } as const;

/**
 * Looks at a push event: asks the registry what the tag points at now, since an event is a hint that anybody with the
 * webhook's secret can make up, and imports or scans again that one image if the policy wants it. It may end anywhere
 * and be started again.
 */
export async function decidePush(deps: PushEventsDeps, eventId: string, signal: AbortSignal): Promise<void> {
  const { db, metrics, log } = deps;
  const event = await undecidedEvent(db, eventId);
  if (!event) return;
  const decided = await decide(deps, event, signal);
  if (!decided) return;
  if (decided.outcome !== 'imported' && decided.outcome !== 'rescanned')
    await decideEvent(db, eventId, decided.outcome, decided.reason);
  metrics.events.inc({ outcome: decided.outcome });
  const { integration_id: integrationId, repository, tag } = event;
  log.info({ eventId, integrationId, repository, tag, ...decided }, 'push event decided');
}

type Decided = { readonly outcome: Parameters<typeof decideEvent>[2]; readonly reason: string };

async function decide(
  deps: PushEventsDeps,
  event: PushEventRow,
  signal: AbortSignal,
): Promise<Decided | undefined> {
  const { db, agentClient } = deps;
  const { integration_id: integrationId, repository, tag } = event;
  const scheduled = await scheduledPolicy(db, integrationId);
  if (!scheduled) return { outcome: 'left-out', reason: 'The integration has no import policy.' };
  const toldAt = new Date();
  let digest: string;
  try {
    const query = { repository, reference: tag };
    digest = (await agentClient.call('stateIdentifier', integrationId, { query }, signal)).digest;
  } catch (error) {
    if (signal.aborted || !(error instanceof AgentCallError)) throw error;
    return await askAgain(deps, event, error);
  }
  return await act(deps, event, scheduled, { digest, toldAt });
}

async function act(
  deps: PushEventsDeps,
  event: PushEventRow,
  scheduled: ScheduledPolicy,
  { digest, toldAt }: { readonly digest: string; readonly toldAt: Date },
): Promise<Decided> {
  const { db } = deps;
  const { integration_id: integrationId, repository, tag } = event;
  const { policy, baselineAt } = scheduled;
  const place = { integrationId, baselineAt };
  const isAboutDigest = event.digest === null || event.digest === digest;
  await putPushedImage(db, place, {
    repository,
    tag,
    digest,
    toldAt,
    pushedAt: isAboutDigest && event.pushed_at ? earlier(event.pushed_at, toldAt) : null,
    arrivedAt: earlier(event.received_at, toldAt),
  });
  const pushed = await knownCandidate(db, place, event);
  // A run that ended meanwhile found the tag gone.
  if (!pushed) return { outcome: 'gone', reason: 'The tag is gone from the registry.' };
  const project = await projectState(db, integrationId, event);
  const plan = planPush({
    policy,
    pushed,
    others: judgesByRank(policy) ? await knownRivals(db, place, pushed) : [],
    project,
    isTombstoned: await isTombstoned(db, integrationId, event),
    now: toldAt,
  });
  return await carryOut(deps, event, scheduled.orgId, plan, {
    repository,
    tag,
    digest,
    platform: defaultPlatform,
    pushedAt: pushed.pushedAt ?? null,
    firstSeenAt: pushed.firstSeenAt,
  });
}

async function carryOut(
  { db, jobs, refreshCounts }: PushEventsDeps,
  event: PushEventRow,
  orgId: string,
  { action, reason }: PushPlan,
  image: Parameters<typeof requestScans>[2][number],
): Promise<Decided> {
  if (action !== 'import' && action !== 'rescan') return { outcome: action, reason };
  const outcome = action === 'import' ? 'imported' : 'rescanned';
  const integrationId = event.integration_id;
  await db.transaction().execute(async (transaction) => {
    const owner = { orgId, integrationId, source: 'sync', syncRunId: null } as const;
    const { imageIds } = await requestScans(transaction, owner, [image]);
    if (imageIds.length > 0) await refreshCounts(transaction, imageIds);
    await decideEvent(transaction, event.id, outcome, reason);
    await wakeDispatch(jobs, integrationId, { transaction });
  });
  return { outcome, reason };
}

/** The registry could not be asked, or does not know the tag: asks again later, or gives up; the next sync sees to it. */
async function askAgain(
  { db, jobs }: PushEventsDeps,
  event: PushEventRow,
  error: AgentCallError,
): Promise<Decided | undefined> {
  const isUnknown = error.code === 'agent' && error.status === 404;
  const attempts = event.attempts + 1;
  if (attempts >= (isUnknown ? maxAttemptsUnknown : maxAttempts)) {
    return isUnknown
      ? { outcome: 'gone', reason: 'The registry does not know this tag.' }
      : { outcome: 'failed', reason: error.message };
  }
  await countAttempt(db, event.id);
  const delayMs = Math.max(error.retryAfterMs ?? 0, backoffDelayMs(pause, event.attempts));
  const to = { eventId: event.id, integrationId: event.integration_id };
  await sendDecide(jobs, to, { startAfterSeconds: Math.ceil(delayMs / 1_000) });
  return undefined;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
