import {
  documentOf,
  DryRunJob,
  DryRunMeta,
  DryRunQuery,
  DryRunReason,
  DryRunResult,
  ImportPolicy,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import type { Release } from '../http/api-version.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { CheckedPolicyRequest } from '../integrations/policy-requests.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { addDryRun, dryRunLimits, findDryRun, type DryRunRow } from './dry-run-store.ts';
import { jobNames } from './request-run.ts';
import type { SyncDeps } from './sync-deps.ts';

const PolicyParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
export const JobParams = PolicyParams.extend({ job_id: z.uuid() });
export const dryRunPath = '/rest/orgs/:org_id/container_import/:integration_id/policy/dry_run';
export const dryRunConfig: { releases: readonly Release[] } = { releases: ['2025-09-17'] };

/** What a policy would import and delete, without applying it. */
export function dryRunRoutes({ db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.post(
      dryRunPath,
      {
        config: { ...dryRunConfig, audit: 'org.container_import.policy.dry_run' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Evaluate an import policy without applying it',
          params: PolicyParams,
          body: CheckedPolicyRequest,
          response: { 202: documentOf(DryRunJob) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, integration_id: integrationId } = request.params;
        await requireIntegration(db, request.params);
        const id = await db.transaction().execute(async (transaction) => {
          const made = await addDryRun(transaction, integrationId, request.body.data.attributes.policy);
          if (made === undefined) return undefined;
          await jobs.send(jobNames.dryRun, { dryRunId: made }, { transaction });
          await noteChange(transaction, request, {
            resource: { type: 'dry_run_job', id: made },
            after: { integration_id: integrationId, ...request.body.data.attributes.policy },
          });
          return made;
        });
        if (id === undefined) {
          throw new ApiProblem(
            'conflict',
            `${dryRunLimits.unfinished} dry runs of this integration are unfinished; wait for one of them`,
          );
        }
        const self = `/rest/orgs/${orgId}/container_import/${integrationId}/policy/dry_run/${id}`;
        const job: DryRunJob = { id, type: 'dry_run_job', attributes: { status: 'pending' } };
        return await reply
          .code(202)
          .header('content-location', self)
          .header('location', self)
          .send(documentFor(request, job, self));
      },
    );

    api.get(
      `${dryRunPath}/:job_id`,
      {
        config: dryRunConfig,
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'A dry run: whether it has ended, and what it found',
          params: JobParams,
          querystring: DryRunQuery,
          response: { 200: documentOf(DryRunJob) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const row = await findDryRun(db, request.params.integration_id, request.params.job_id);
        if (!row) throw notFound('The dry run');
        const meta = row.meta === null ? undefined : metaOf(row, request.query.reasons === 'true');
        return { ...documentFor(request, resourceOf(row)), ...(meta && { meta }) };
      },
    );
  };
}

function metaOf(row: DryRunRow, withReasons: boolean): Record<string, unknown> {
  const meta = DryRunMeta.parse(row.meta);
  return withReasons ? { ...meta, reasons: z.array(DryRunReason).parse(row.reasons ?? []) } : meta;
}

function resourceOf(row: DryRunRow): DryRunJob {
  return {
    id: row.id,
    type: 'dry_run_job',
    attributes: {
      status: DryRunJob.shape.attributes.shape.status.parse(row.status),
      policy: ImportPolicy.parse(row.policy),
      ...(row.started_at && { started_at: row.started_at.toISOString() }),
      ...(row.completed_at && { completed_at: row.completed_at.toISOString() }),
      ...(row.error_message !== null && { error_message: row.error_message }),
      ...(row.result !== null && { result: DryRunResult.parse(row.result) }),
    },
  };
}
