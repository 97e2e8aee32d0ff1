import { setScanStatus } from '../projects/project-writes.ts';
import { isPaused } from '../integrations/policy-schedule.ts';
import { AgentCallError } from '../broker-server/agent-client.ts';
import type { ScanDeps } from './scan-deps.ts';
import { wakeDispatch } from './scan-jobs.ts';
import { scanFailed } from './scan-outcome.ts';
import { extendLease, leaseNextScan, requestAgain, type Scan } from './scan-store.ts';

/** How long a scan is kept for an agent that is being asked, seconds: longer than the call, which has 30 s. */
export const askingLeaseSeconds = 40;

/**
 * How long a scan is left to the agent that took it, seconds. Then the agent is asked again, which costs nothing
 * when it still works on it; so this is not a limit of the scan but of the time until a lost agent is noticed.
 */
const takenLeaseSeconds = 600;

/** When to ask an agent again that is full and does not say when, seconds. */
const busyDelaySeconds = 5;

/** Asks the agents of an integration for one scan after the other until they are full or nothing waits any more. */
export async function dispatchScans(
  deps: ScanDeps,
  integrationId: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, jobs, log } = deps;
  while (!signal.aborted) {
    const isSyncPaused = await isPaused(db, integrationId);
    const scan = await leaseNextScan(db, integrationId, askingLeaseSeconds, { isSyncPaused });
    if (!scan) return;
    const answer = await askAgent(deps, scan, signal);
    if (answer.status === 'taken') {
      await db.transaction().execute(async (transaction) => {
        const isOurs = await extendLease(transaction, scan.id, takenLeaseSeconds, answer);
        if (isOurs) await setScanStatus(transaction, scan.id, 'scanning');
      });
      log.debug({ scanId: scan.id, integrationId }, 'scan dispatched');
    } else if (answer.status === 'refused') {
      await db.transaction().execute((transaction) =>
        scanFailed({ ...deps, db: transaction }, scan, {
          code: 'internal',
          message: `The agent refused the scan: ${answer.message}`,
          retryable: false,
        }),
      );
    } else {
      await requestAgain(db, scan.id, { isAttempt: false });
      // Without a connection there is nothing to wait for: the next tick, or a client that connects, asks again.
      if (answer.status === 'busy') {
        await wakeDispatch(jobs, integrationId, { afterSeconds: answer.retryAfterSeconds });
      }
      return;
    }
  }
}

type Answer =
  | { readonly status: 'taken'; readonly repeated: boolean }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }
  | { readonly status: 'away' }
  | { readonly status: 'refused'; readonly message: string };

async function askAgent({ agentClient, log }: ScanDeps, scan: Scan, signal: AbortSignal): Promise<Answer> {
  try {
    const { repeated } = await agentClient.call(
      'scan',
      scan.integration_id,
      {
        body: {
          scanId: scan.id,
          repository: scan.repository,
          reference: scan.reference,
          platform: scan.platform,
        },
      },
      signal,
    );
    return { status: 'taken', repeated };
  } catch (error) {
    if (!(error instanceof AgentCallError)) throw error;
    if (error.status === 429) {
      return {
        status: 'busy',
        retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 0) / 1_000) || busyDelaySeconds,
      };
    }
    if (error.code === 'agent' && error.status !== undefined && error.status < 500 && error.status !== 401) {
      return { status: 'refused', message: error.message };
    }
    log.warn(
      { integrationId: scan.integration_id, code: error.code, err: error },
      'agent not asked for a scan',
    );
    return { status: 'away' };
  }
}
