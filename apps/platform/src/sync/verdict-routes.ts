import { ImageVerdict, ImageVerdictQuery, pageOf } from '@plimsoll/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { pageWith } from '../http/documents.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { dryRunConfig, dryRunPath, JobParams } from './dry-run-routes.ts';
import { findDryRun } from './dry-run-store.ts';
import { dryRunVerdicts } from './dry-run-verdicts.ts';
import { demandRun, RunParams, runsPath } from './run-resources.ts';
import { outcomesOf, runVerdicts } from './run-verdicts.ts';
import type { SyncDeps } from './sync-deps.ts';
import { readVerdicts, verdictKey, type VerdictRow, type VerdictSource } from './verdict-pages.ts';

type Outcome = ImageVerdict['attributes']['outcome'];

/** Why each image was admitted or left out, by a run and by a dry run. */
export function verdictRoutes({ db }: Pick<SyncDeps, 'db'>): FastifyPluginAsync {
  async function page(
    request: FastifyRequest,
    query: z.infer<typeof ImageVerdictQuery>,
    [id, source]: readonly [string, VerdictSource],
    outcomes: (rows: readonly VerdictRow[]) => Promise<readonly Outcome[]>,
  ) {
    const { repository, tag, admitted, limit } = query;
    const list = ['image_verdicts', id, repository, tag, admitted];
    const filter = { repository, tag, admitted: admitted === undefined ? undefined : admitted === 'true' };
    const read = await readVerdicts(source, filter, readPosition(query, list), limit);
    const became = await outcomes(read.rows);
    const data = read.rows.map((row, index) => resourceOf(row, became[index]));
    return pageWith(request, list, read, verdictKey, data);
  }

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      `${runsPath}/:run_id/images`,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Why the newest sync run admitted or left out each image',
          params: RunParams,
          querystring: ImageVerdictQuery,
          response: { 200: pageOf(ImageVerdict) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId, run_id: runId } = request.params;
        const source = await runVerdicts(db, await demandRun(db, integrationId, runId));
        return await page(request, request.query, [runId, source], (rows) =>
          outcomesOf(db, integrationId, rows),
        );
      },
    );

    api.get(
      `${dryRunPath}/:job_id/images`,
      {
        config: dryRunConfig,
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Why a dry run admitted or left out each image',
          params: JobParams,
          querystring: ImageVerdictQuery,
          response: { 200: pageOf(ImageVerdict) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { integration_id: integrationId, job_id: jobId } = request.params;
        const dryRun = await findDryRun(db, integrationId, jobId);
        if (!dryRun) throw notFound('The dry run');
        const source = await dryRunVerdicts(db, dryRun);
        return await page(request, request.query, [jobId, source], () => Promise.resolve([]));
      },
    );
  };
}

function resourceOf({ repository, tag, admitted, reason }: VerdictRow, outcome: Outcome): ImageVerdict {
  return {
    id: `${repository}:${tag}`,
    type: 'image_verdict',
    attributes: { repository, tag, admitted, reason, ...(outcome && { outcome }) },
  };
}
