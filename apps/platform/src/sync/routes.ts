import { documentOf, pageOf, PageQuery, SyncRun } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { scheduleOf } from '../integrations/policy-schedule.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { countScans } from '../scans/scan-store.ts';
import { cancelRun } from './cancel-run.ts';
import { requestRun } from './request-run.ts';
import { demandRun, IntegrationParams, RunParams, runResource, runsPath } from './run-resources.ts';
import type { SyncDeps } from './sync-deps.ts';
import { syncRunResource } from './sync-run-resource.ts';
import { listRuns } from './sync-run-pages.ts';

const path = runsPath;

/** The sync runs of an integration: what happened, and "run now". */
export function syncRoutes({ db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Sync runs of an integration, newest first',
          params: IntegrationParams,
          querystring: PageQuery,
          response: { 200: pageOf(SyncRun) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId } = request.params;
        const list = ['sync_runs', integrationId];
        const position = readPosition(request.query, list);
        const page = await listRuns(db, integrationId, position, request.query.limit);
        const scans = await countScans(
          db,
          page.rows.map(({ id }) => id),
        );
        const keyOf = (row: { started_at: Date; id: string }) => [row.started_at.toISOString(), row.id];
        return pageFor(request, list, page, keyOf, (row) => syncRunResource(row, scans.get(row.id)));
      },
    );

    api.get(
      `${path}/:run_id`,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'One sync run',
          params: RunParams,
          response: { 200: documentOf(SyncRun) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId, run_id: runId } = request.params;
        return documentFor(request, await runResource(db, integrationId, runId));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.container_import.policy.run' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Run the sync of an integration now',
          params: IntegrationParams,
          response: { 201: documentOf(SyncRun) },
        },
      },
      async (request, reply) => {
        await requireIntegration(db, request.params);
        const { org_id: orgId, integration_id: integrationId } = request.params;
        const schedule = await scheduleOf(db, integrationId);
        if (!schedule) throw new ApiProblem('conflict', 'The integration has no import policy yet');
        if (schedule.pausedAt)
          throw new ApiProblem('conflict', 'The sync of this integration rests; resume it first');
        const runId = await db.transaction().execute(async (transaction) => {
          const made = await requestRun({ db, jobs }, integrationId, transaction);
          if (made === undefined)
            throw new ApiProblem('conflict', 'A sync run of this integration is unfinished');
          await noteChange(transaction, request, {
            resource: { type: 'sync_run', id: made },
            after: { integration_id: integrationId },
          });
          return made;
        });
        const self = `/rest/orgs/${orgId}/integrations/${integrationId}/sync_runs/${runId}`;
        const resource = await runResource(db, integrationId, runId);
        return await reply
          .code(201)
          .header('location', self)
          .send(documentFor(request, resource, self));
      },
    );

    api.post(
      `${path}/:run_id/cancel`,
      {
        config: { audit: 'org.container_import.policy.cancel' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'End a sync run where it is; what it has done stays',
          params: RunParams,
          response: { 200: documentOf(SyncRun) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId, run_id: runId } = request.params;
        await demandRun(db, integrationId, runId);
        const isCancelled = await cancelRun(db, runId, (transaction) =>
          noteChange(transaction, request, {
            resource: { type: 'sync_run', id: runId },
            after: { integration_id: integrationId },
          }),
        );
        if (!isCancelled) throw new ApiProblem('conflict', 'The sync run has ended already');
        return documentFor(request, await runResource(db, integrationId, runId));
      },
    );
  };
}
