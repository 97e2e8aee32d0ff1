import { backoffDelayMs } from '@plimsoll/runtime';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { isPaused, scheduledPolicy } from '../integrations/policy-schedule.ts';
import { importAndPrune } from './import-and-prune.ts';
import { listRegistry } from './list-registry.ts';
import { runNotebook } from './notebook.ts';
import type { Observer } from './observation-store.ts';
import { sendRun } from './request-run.ts';
import { LeaseLostError, leaseRun, postponeRun, renewLease } from './run-lease.ts';
import { scanEnded } from './scan-ended.ts';
import type { SyncDeps } from './sync-deps.ts';
import { SyncError } from './sync-error.ts';
import { endRun, enterStep, markListed, type SyncRunRow } from './sync-store.ts';

/**
 * A process that has not renewed a run's lease for so long is dead, or frozen, seconds; another one goes on with the run.
 * Should it only have been slow, it learns at its next step that the run is not its own any more.
 */
const leaseSeconds = 10;

/** How often passes of one run may end early before the run has failed. With the pauses, about an hour and a half. */
const maxAttempts = 12;

/** Pauses between passes that ended early. */
const pause = { firstMs: 5_000, capMs: 600_000 } as const;

/**
 * Works on a run: lists the registry, imports and prunes. It may end anywhere and be started again: what is done is
 * in the database, and the next pass goes on from there.
 */
export async function runSync(deps: SyncDeps, runId: string, signal: AbortSignal): Promise<void> {
  const { db, log } = deps;
  const run = await leaseRun(db, runId, leaseSeconds);
  if (!run) return;

  const lost = new AbortController();
  const isOurs = async () =>
    (await renewLease(db, run, leaseSeconds)) && !(await isPaused(db, run.integration_id));
  const renewal = setInterval(
    () => {
      isOurs().then(
        (ours) => ours || lost.abort(new LeaseLostError('the sync run ended, or its sync rests')),
        (error: unknown) => log.warn({ runId, err: error }, 'sync lease not renewed'),
      );
    },
    (leaseSeconds * 1_000) / 4,
  );
  const working = AbortSignal.any([signal, lost.signal]);
  const giveBack = () => postponeRun(db, run, { delaySeconds: 0, isAttempt: false });
  try {
    if (await isOurs()) await pass(deps, run, working);
    else await giveBack();
  } catch (error) {
    if (working.aborted || error instanceof LeaseLostError) await giveBack();
    else await endedEarly(deps, run, error);
  } finally {
    clearInterval(renewal);
  }
}

async function pass(deps: SyncDeps, run: SyncRunRow, signal: AbortSignal): Promise<void> {
  const { db, log } = deps;
  const started = performance.now();
  await enterStep(db, run, 'listing');
  const listing = await listRegistry(deps, runNotebook(db, await observerOf(db, run)), signal);
  const { imported, pruned } = await importAndPrune(deps, run, listing, signal);
  await db.transaction().execute(async (transaction) => {
    await markListed(transaction, run, listing);
    await scanEnded(deps, transaction, run.id);
  });
  const ms = Math.round(performance.now() - started);
  log.info({ runId: run.id, ...listing.progress, imported, pruned, ms }, 'registry synced');
}

async function observerOf(db: SyncDeps['db'], run: SyncRunRow): Promise<Observer> {
  const baselineAt = (await scheduledPolicy(db, run.integration_id))?.baselineAt ?? null;
  return {
    integrationId: run.integration_id,
    runId: run.id,
    startedAt: run.started_at,
    baselineAt: baselineAt !== null && baselineAt <= run.started_at ? baselineAt : null,
  };
}

async function endedEarly(deps: SyncDeps, run: SyncRunRow, error: unknown): Promise<void> {
  const { db, log } = deps;
  const isFinal = isLasting(error) || run.attempts + 1 >= maxAttempts;
  log.warn({ runId: run.id, attempt: run.attempts + 1, isFinal, err: error }, 'sync ended early');
  if (isFinal) {
    await db.transaction().execute(async (transaction) => {
      await endRun(transaction, run.id, { status: 'failed', message: messageOf(error) });
      await deps.runEnded?.(transaction, { id: run.id, integrationId: run.integration_id });
    });
    return;
  }
  const delaySeconds = Math.ceil(backoffDelayMs(pause, run.attempts) / 1_000);
  await postponeRun(db, run, { delaySeconds, isAttempt: true });
  await sendRun(deps, run.id, { startAfterSeconds: delaySeconds + 1 });
}

/** Whether trying again is of no use: the registry refuses our credentials, or what we ask for. */
function isLasting(error: unknown): boolean {
  if (error instanceof SyncError) return true;
  return (
    error instanceof AgentCallError &&
    error.code === 'agent' &&
    [400, 401, 403, 404, 501].includes(error.status ?? 0)
  );
}

function messageOf(error: unknown): string {
  if (error instanceof SyncError || error instanceof AgentCallError) return error.message;
  return 'The sync failed; the log of the platform says why.';
}
