import { AdvisoryFeedStatus, documentOf, Issue, IssueQuery, pageOf } from '@plimsoll/contracts';
import type { Finding } from '@plimsoll/matching';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { readIssueId } from './issue-id.ts';
import { issueFacts } from './issue-facts.ts';
import { originOf } from './issue-origin.ts';
import { issueResource, type IssueDetail } from './issue-resource.ts';
import { findIssue, issueSortKey, listIssues, type IssueRow } from './issue-store.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const IssueParams = OrgParams.extend({ issue_id: z.uuid() });
const path = '/rest/orgs/:org_id/issues';

/** Findings seen through projects, and what is known about vulnerabilities at all. */
export function issueRoutes(deps: ProjectsDeps): FastifyPluginAsync {
  const { db, now } = deps;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Issues',
          params: OrgParams,
          querystring: IssueQuery,
          response: { 200: pageOf(Issue) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { query } = request;
        const projectId = query['scan_item.id'];
        if (projectId !== undefined && !(await findProject(db, orgId, projectId)))
          throw notFound('The project');
        const filter = {
          projectId,
          severities: query.effective_severity_level,
          withHidden: query.include_hidden,
          isIgnored: query.ignored,
          times: {
            createdAfter: query.created_after,
            createdBefore: query.created_before,
            updatedAfter: query.updated_after,
            updatedBefore: query.updated_before,
          },
          minPriority: query.priority_min,
          isFixable: query.is_fixable,
          isKnownExploited: query.is_known_exploited,
          sort: query.sort,
        };
        const list = ['issues', orgId, filter, query.status, query.type];
        const position = readPosition(query, list);
        // Everything a finding makes is an open vulnerability of a package; other kinds do not exist.
        const isPossible =
          (query.status ?? ['open']).includes('open') &&
          (query.type ?? ['package_vulnerability']).includes('package_vulnerability');
        const page = isPossible
          ? await listIssues(db, orgId, filter, position, query.limit, now())
          : { rows: [], hasPrevious: false, hasNext: false };
        const keyOf = (row: Parameters<typeof issueSortKey>[0]) => issueSortKey(row, filter);
        const factsOf = await issueFacts(db, page.rows);
        return pageFor(request, list, page, keyOf, (row) => issueResource(row, factsOf(row)));
      },
    );

    api.get(
      `${path}/:issue_id`,
      {
        preHandler: authorize('org.project.read'),
        schema: { summary: 'One issue', params: IssueParams, response: { 200: documentOf(Issue) } },
      },
      async (request) => {
        const numbers = readIssueId(request.params.issue_id);
        const row = numbers && (await findIssue(db, request.params.org_id, numbers, now()));
        if (!row) throw notFound('The issue');
        const factsOf = await issueFacts(db, [row]);
        return documentFor(request, issueResource(row, factsOf(row), await detailOf(deps, row)));
      },
    );

    api.get(
      '/rest/advisories',
      {
        preHandler: authorize('signed-in'),
        schema: {
          summary: 'What is known about vulnerabilities, per ecosystem',
          response: { 200: pageOf(AdvisoryFeedStatus) },
        },
      },
      async (request) => documentFor(request, [...(await deps.feedStatus())]),
    );
  };
}

async function detailOf(
  { describe, readInventory, affectedBy }: ProjectsDeps,
  row: IssueRow,
): Promise<IssueDetail> {
  const advisoryIds = (row.detail as Finding).advisories.map(({ id }) => id);
  return {
    text: await describe(advisoryIds),
    origin: originOf(await readInventory(row.image_id), row.package_id, row.layer),
    affectedVersions: await affectedBy(row.package_id, advisoryIds),
  };
}
