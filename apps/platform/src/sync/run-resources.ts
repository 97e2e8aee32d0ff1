import type { SyncRun } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { notFound } from '../http/api-problem.ts';
import { countScans } from '../scans/scan-store.ts';
import { findRun } from './sync-run-pages.ts';
import { syncRunResource } from './sync-run-resource.ts';
import type { SyncRunRow } from './sync-store.ts';

export const IntegrationParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
export const RunParams = IntegrationParams.extend({ run_id: z.uuid() });
export const runsPath = '/rest/orgs/:org_id/integrations/:integration_id/sync_runs';

/** One run of an integration, or the answer that there is none. */
export async function demandRun(
  db: Kysely<Database>,
  integrationId: string,
  runId: string,
): Promise<SyncRunRow> {
  const run = await findRun(db, integrationId, runId);
  if (!run) throw notFound('The sync run');
  return run;
}

/** One run as the API shows it. */
export async function runResource(
  db: Kysely<Database>,
  integrationId: string,
  runId: string,
): Promise<SyncRun> {
  const run = await demandRun(db, integrationId, runId);
  return syncRunResource(run, (await countScans(db, [runId])).get(runId));
}
