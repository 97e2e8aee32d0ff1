import { documentOf, PageQuery, pageOf, PrunedProject, SyncRun } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { noteChange } from '../audit/index.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { confirmPrune, undoPrune } from './decide-prune.ts';
import { listPruned, type PrunedProjectRow } from './prune-store.ts';
import { demandRun, RunParams, runResource, runsPath } from './run-resources.ts';
import type { SyncDeps } from './sync-deps.ts';

const path = `${runsPath}/:run_id/prune`;

/** What a run deletes: to look at, to confirm when it is held, and to undo. */
export function pruneRoutes({ db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Projects that a sync run deleted, or holds for confirmation',
          params: RunParams,
          querystring: PageQuery,
          response: { 200: pageOf(PrunedProject) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId, run_id: runId } = request.params;
        await demandRun(db, integrationId, runId);
        const list = ['pruned', runId];
        const page = await listPruned(db, runId, readPosition(request.query, list), request.query.limit);
        const keyOf = (row: PrunedProjectRow) => [row.repository, row.tag, row.project_id];
        return pageFor(request, list, page, keyOf, prunedResource);
      },
    );

    for (const [verb, summary, decide] of [
      ['confirm', 'Delete the projects that a sync run holds', confirmPrune],
      ['undo', 'Restore the projects that a sync run deleted, within 7 days', undoPrune],
    ] as const) {
      api.post(
        `${path}/${verb}`,
        {
          config: { audit: `org.container_import.policy.prune.${verb}` },
          preHandler: authorize('org.integration.edit'),
          schema: { summary, params: RunParams, response: { 202: documentOf(SyncRun) } },
        },
        async (request, reply) => {
          await requireIntegration(db, request.params);
          const { integration_id: integrationId, run_id: runId } = request.params;
          await db.transaction().execute(async (transaction) => {
            await decide({ db: transaction, jobs }, integrationId, runId);
            await noteChange(transaction, request, {
              resource: { type: 'sync_run', id: runId },
              after: { integration_id: integrationId },
            });
          });
          const run = await runResource(db, integrationId, runId);
          return await reply.code(202).send(documentFor(request, run));
        },
      );
    }
  };
}

function prunedResource(row: PrunedProjectRow): PrunedProject {
  return {
    id: row.project_id,
    type: 'pruned_project',
    attributes: {
      name: `${row.repository}:${row.tag}`,
      repository: row.repository,
      tag: row.tag,
      reason: row.reason,
      state: PrunedProject.shape.attributes.shape.state.parse(row.state),
      changed_at: row.changed_at.toISOString(),
    },
  };
}
