import { IssueChange, IssueChangeQuery, issueChangeKinds, pageOf } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { pageFor } from '../http/documents.ts';
import { listIssueChanges, type IssueChangeRow } from './issue-change-store.ts';
import { severityOf } from './issue-counts.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

/** Which projects gained or lost issues because advisories changed, and which advisories. */
export function issueChangeRoutes({ db }: ProjectsDeps): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/issue_changes',
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Issues that came, went or changed with the advisories',
          params: z.object({ org_id: z.uuid() }),
          querystring: IssueChangeQuery,
          response: { 200: pageOf(IssueChange) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { query } = request;
        const projectId = query['scan_item.id'];
        if (projectId !== undefined && !(await findProject(db, orgId, projectId)))
          throw notFound('The project');
        const filter = { projectId, kinds: query.kind, since: query.since, withHidden: query.include_hidden };
        const list = ['issue_changes', orgId, filter];
        const page = await listIssueChanges(db, orgId, filter, readPosition(query, list), query.limit);
        const keyOf = (row: IssueChangeRow) => [row.event_id, row.number];
        return pageFor(request, list, page, keyOf, issueChangeResource);
      },
    );
  };
}

function issueChangeResource(row: IssueChangeRow): IssueChange {
  return {
    id: `${row.event_id}-${row.number}`,
    type: 'issue_change',
    attributes: {
      kind: issueChangeKinds.find((kind) => kind === row.kind) ?? 'opened',
      key: row.vulnerability,
      cause: row.cause === 'rules' ? 'rules' : 'advisories',
      advisories: row.advisory_ids,
      effective_severity_level: severityOf(row.severity),
      package_name: row.package_name,
      package_version: row.package_version,
      project_name: `${row.repository}:${row.tag}`,
      first_found_at: row.first_found_at.toISOString(),
      created_at: row.at.toISOString(),
    },
    relationships: {
      organization: { data: { id: row.org_id, type: 'org' } },
      scan_item: { data: { id: row.project_id, type: 'project' } },
    },
  };
}
