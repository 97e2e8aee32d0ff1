import { randomUUID } from 'node:crypto';
import { vexWriters, type VexStatement } from '@plimsoll/advisories';
import { VexQuery, type VexFormat } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { statementsOfOrg, statementsOfProject } from './vex-contents.ts';
import type { TriageDeps } from './triage-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const ProjectParams = OrgParams.extend({ project_id: z.uuid() });
const Document = z.record(z.string(), z.unknown());

/** What an organization says about vulnerabilities as a VEX document, in the format that is asked for. */
export function vexExportRoutes(deps: TriageDeps): FastifyPluginAsync {
  const { db, now, publicUrl } = deps;

  async function documentOf(orgId: string, format: VexFormat, statements: readonly VexStatement[]) {
    const { name } = await db
      .selectFrom('organization')
      .select('name')
      .where('id', '=', orgId)
      .executeTakeFirstOrThrow();
    const uuid = randomUUID();
    const contents = {
      id: `${publicUrl}/vex/${uuid}`,
      uuid,
      author: name,
      authorUrl: publicUrl,
      issuedAt: now().toISOString(),
      statements,
    };
    return { ...vexWriters[format](contents) };
  }

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      '/rest/orgs/:org_id/vex',
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'What the organization calls not vulnerable, as OpenVEX, CycloneDX or CSAF',
          params: OrgParams,
          querystring: VexQuery,
          response: { 200: Document },
        },
      },
      async (request, reply) => {
        const { org_id: orgId } = request.params;
        const statements = await statementsOfOrg(db, orgId, now());
        return await reply
          .type('application/json')
          .send(await documentOf(orgId, request.query.format, statements));
      },
    );

    api.get(
      '/rest/orgs/:org_id/projects/:project_id/vex',
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'What is called not vulnerable in the image of a project, as OpenVEX, CycloneDX or CSAF',
          params: ProjectParams,
          querystring: VexQuery,
          response: { 200: Document },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, project_id: id } = request.params;
        if (!(await deps.placeOf(orgId, 'project', id))) throw notFound('The project');
        const statements = await statementsOfProject(db, id, now());
        return await reply
          .type('application/json')
          .send(await documentOf(orgId, request.query.format, statements));
      },
    );
  };
}
