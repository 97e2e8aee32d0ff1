import { V1ImportJob, V1ImportRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { addImportJob, findImportJob } from './import-job-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const IntegrationParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
const JobParams = IntegrationParams.extend({ job_id: z.uuid() });

/** How a project's scan ends a job. */
const jobStatus = { pending: 'pending', scanning: 'pending', scanned: 'complete', failed: 'failed' } as const;

/** Importing one image by hand, as the older API has it, under the prefix it is registered with. */
export function importRoutes(deps: ProjectsDeps, prefix: string): FastifyPluginAsync {
  const { db, publicUrl } = deps;
  const path = `${prefix}/org/:org_id/integrations/:integration_id/import`;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.post(
      path,
      {
        config: { audit: 'org.project.add' },
        preHandler: authorize('org.project.test'),
        schema: {
          summary: 'Import one image, repository:tag',
          params: IntegrationParams,
          body: V1ImportRequest,
          response: { 201: z.undefined() },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, integration_id: integrationId } = request.params;
        await requireIntegration(db, request.params);
        const { name } = request.body.target;
        const id = await db.transaction().execute(async (transaction) => {
          const { projectId } = await deps.importByHand(transaction, orgId, integrationId, name);
          await noteChange(transaction, request, {
            resource: { type: 'project', id: projectId, name },
            projectId,
            after: { integration_id: integrationId },
          });
          return await addImportJob(transaction, { orgId, integrationId, name, projectId });
        });
        // Absolute and below /api/v1, whatever was called: clients cut the address there.
        const location = `${publicUrl}/api/v1/org/${orgId}/integrations/${integrationId}/import/${id}`;
        return await reply.code(201).header('location', location).send();
      },
    );

    api.get(
      `${path}/:job_id`,
      {
        preHandler: authorize('org.project.read'),
        schema: { summary: 'An import by hand', params: JobParams, response: { 200: V1ImportJob } },
      },
      async (request): Promise<V1ImportJob> => {
        const { org_id: orgId, integration_id: integrationId, job_id: id } = request.params;
        const job = await findImportJob(db, { orgId, integrationId, id });
        if (!job) throw notFound('The import');
        const created = job.created_at.toISOString();
        // A project that was deleted meanwhile will not be imported any more.
        const status = jobStatus[(job.scan_status ?? 'failed') as keyof typeof jobStatus];
        const userMessage = job.project_id === null ? 'The project was deleted' : job.scan_error;
        return {
          id: job.id,
          status,
          created,
          logs: [
            {
              name: job.name,
              created,
              status,
              projects:
                status === 'pending'
                  ? []
                  : [
                      {
                        success: status === 'complete',
                        projectUrl: job.project_id === null ? '' : `${publicUrl}/images/${job.project_id}`,
                        ...(userMessage !== null && { userMessage }),
                      },
                    ],
            },
          ],
        };
      },
    );
  };
}
