import { documentOf, SyncSchedule, SyncSchedulePatch } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { scheduleOf, setPaused } from '../integrations/policy-schedule.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import { sendRun } from './request-run.ts';
import { IntegrationParams } from './run-resources.ts';
import type { SyncDeps } from './sync-deps.ts';
import { unfinishedRun } from './sync-store.ts';

const path = '/rest/orgs/:org_id/integrations/:integration_id/sync';

/** When the sync of a registry runs, and whether it rests. */
export function pauseRoutes({ db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>): FastifyPluginAsync {
  const resourceOf = async (integrationId: string): Promise<SyncSchedule> => {
    const schedule = await scheduleOf(db, integrationId);
    if (!schedule) throw new ApiProblem('conflict', 'The integration has no import policy yet');
    return {
      id: integrationId,
      type: 'sync_schedule',
      attributes: {
        paused: schedule.pausedAt !== null,
        ...(schedule.pausedAt && { paused_at: schedule.pausedAt.toISOString() }),
        next_run_at: schedule.nextRunAt.toISOString(),
      },
    };
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'When the sync of a registry runs next, and whether it rests',
          params: IntegrationParams,
          response: { 200: documentOf(SyncSchedule) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        return documentFor(request, await resourceOf(request.params.integration_id));
      },
    );

    api.patch(
      path,
      {
        config: { audit: 'org.container_import.policy.pause' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Have the sync of a registry rest, or go on where it was',
          params: IntegrationParams,
          body: SyncSchedulePatch,
          response: { 200: documentOf(SyncSchedule) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId } = request.params;
        const { paused } = request.body.data.attributes;
        const before = await resourceOf(integrationId);
        if (paused !== before.attributes.paused) {
          await db.transaction().execute(async (transaction) => {
            await setPaused(transaction, integrationId, paused);
            await noteChange(transaction, request, {
              resource: { type: 'integration', id: integrationId },
              before: { paused: !paused },
              after: { paused },
            });
            if (paused) return;
            const runId = await unfinishedRun(transaction, integrationId);
            if (runId !== undefined) await sendRun({ jobs }, runId, { transaction });
            await wakeDispatch(jobs, integrationId, { transaction });
          });
        }
        return documentFor(request, await resourceOf(integrationId));
      },
    );
  };
}
