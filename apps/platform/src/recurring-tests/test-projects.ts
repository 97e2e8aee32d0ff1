import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import type { AgentClient } from '../broker-server/agent-client.ts';
import type { Database } from '../database/schema.ts';
import { storable } from '../database/storable.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { dueTests, scheduleTest, type DueTest } from '../projects/recurring-store.ts';
import { requestScans } from '../scans/request-scans.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import { askAgent, isAgentAnswer } from '../sync/ask-agent.ts';
import { mapConcurrently } from '../sync/map-concurrently.ts';

/** What recurring tests need of the others. */
export type RecurringTestsDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly agentClient: AgentClient;
  readonly log: Logger;
  readonly now: () => Date;
  readonly refreshCounts: (db: Kysely<Database>, imageIds: readonly number[]) => Promise<void>;
};

/** Projects of one pass, and how many are asked about at a time: gentle to the registry. */
const limits = { projects: 2_000, atATime: 4 } as const;

const hourMs = 60 * 60 * 1_000;
const periodMs = { daily: 24 * hourMs, weekly: 7 * 24 * hourMs } as const;

/** When a test is tried again that could not tell, milliseconds. */
const retryMs = hourMs;

/**
 * Asks the registry of an integration what the tags of its due projects are now, without pulling anything. A tag that
 * was moved is scanned; what a sync has seen within the period is not asked for again. Advisories need no test: what is
 * stored is matched whenever they change.
 */
export async function testProjects(
  deps: RecurringTestsDeps,
  { orgId, integrationId }: { readonly orgId: string; readonly integrationId: string },
  signal: AbortSignal,
): Promise<void> {
  const due = await dueTests(deps.db, integrationId, limits.projects);
  const outcomes = await mapConcurrently(due, limits.atATime, async (test) => {
    signal.throwIfAborted();
    return await testOne(deps, { orgId, integrationId }, test, signal);
  });
  const moved = outcomes.filter((outcome) => outcome === 'scanned').length;
  if (moved > 0) await wakeDispatch(deps.jobs, integrationId);
  if (due.length > 0) deps.log.info({ integrationId, tested: due.length, moved }, 'projects tested');
}

async function testOne(
  deps: RecurringTestsDeps,
  owner: { readonly orgId: string; readonly integrationId: string },
  test: DueTest,
  signal: AbortSignal,
): Promise<'known' | 'same' | 'scanned' | 'untold'> {
  const { db, agentClient, now } = deps;
  const period = periodMs[test.frequency];
  const wasSeen = test.observedAt !== null && test.observedAt.getTime() + period > now().getTime();
  if (wasSeen && test.observedAt && !test.isUnread) {
    const nextAt = new Date(test.observedAt.getTime() + period);
    await scheduleTest(db, test.id, { nextAt, error: null });
    return 'known';
  }
  const query = { repository: test.repository, reference: test.tag };
  try {
    const { digest } = await askAgent(
      () => agentClient.call('stateIdentifier', owner.integrationId, { query }, signal),
      signal,
    );
    const isScanned = digest !== test.digest || test.isUnread;
    await db.transaction().execute(async (transaction) => {
      if (isScanned) await scan({ ...deps, db: transaction }, owner, { ...test, digest });
      const nextAt = new Date(now().getTime() + period);
      await scheduleTest(transaction, test.id, { nextAt, error: null });
    });
    return isScanned ? 'scanned' : 'same';
  } catch (error) {
    // Without an answer of the agent nothing is known about any project: the next pass asks again.
    if (!isAgentAnswer(error)) throw error;
    const isGone = error.status === 404;
    const nextAt = new Date(now().getTime() + (isGone ? period : retryMs));
    const told = isGone ? 'The tag is gone from the registry.' : error.message;
    await scheduleTest(db, test.id, { nextAt, error: storable(told) });
    return 'untold';
  }
}

async function scan(
  { db, refreshCounts }: RecurringTestsDeps,
  owner: { readonly orgId: string; readonly integrationId: string },
  { repository, tag, digest, platform, pushedAt, firstSeenAt }: DueTest,
): Promise<void> {
  const image = { repository, tag, digest, platform, pushedAt, firstSeenAt };
  const { imageIds } = await requestScans(db, { ...owner, source: 'sync', syncRunId: null }, [image]);
  if (imageIds.length > 0) await refreshCounts(db, imageIds);
}
