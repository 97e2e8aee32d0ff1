import {
  V1AggregatedIssues,
  V1AggregatedIssuesRequest,
  V1IssuePaths,
  V1IssuePathsQuery,
  type Issue,
} from '@plimsoll/contracts';
import type { Finding } from '@plimsoll/matching';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { aggregateIssues } from './aggregate-issues.ts';
import { issueFacts } from './issue-facts.ts';
import { originOf } from './issue-origin.ts';
import { issueResource } from './issue-resource.ts';
import { issueSortKey, listIssues, type IssueFilter, type IssueRow } from './issue-store.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const ProjectParams = z.object({ org_id: z.uuid(), project_id: z.uuid() });
const IssueParams = ProjectParams.extend({ issue_id: z.string().min(1).max(255) });

/** Issues read at once, and most of a project: an answer without pages must end somewhere. */
const limits = { page: 1_000, issues: 50_000 } as const;

/** Issues as the older API has them, under the prefix it is registered with. */
export function v1IssueRoutes(deps: ProjectsDeps, prefix: string): FastifyPluginAsync {
  const { db, publicUrl } = deps;
  const path = `${prefix}/org/:org_id/project/:project_id`;
  const demandProject = async ({ org_id: orgId, project_id: id }: z.infer<typeof ProjectParams>) => {
    const project = await findProject(db, orgId, id);
    if (!project) throw notFound('The project');
    return project;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.post(
      `${path}/aggregated-issues`,
      {
        config: { audit: false },
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'All issues of a project, one per vulnerability and package',
          params: ProjectParams,
          // Clients that want everything send no body.
          body: V1AggregatedIssuesRequest.nullish(),
          response: { 200: V1AggregatedIssues },
        },
      },
      async (request) => {
        const { org_id: orgId, project_id: id } = request.params;
        const options = request.body ?? V1AggregatedIssuesRequest.parse({});
        await demandProject(request.params);
        const rows = await issuesOfProject(deps, orgId, id);
        const factsOf = await issueFacts(db, rows);
        const issues: Issue[] = [];
        for (const row of rows) {
          const issue = issueResource(row, factsOf(row));
          issues.push(options.includeDescription ? await described(deps, row, issue) : issue);
        }
        const links = `${publicUrl}${prefix}/org/${orgId}/project/${id}/issue`;
        return {
          issues: aggregateIssues(
            issues,
            options,
            (vulnerability) => `${links}/${encodeURIComponent(vulnerability)}/paths`,
          ),
        };
      },
    );

    api.get(
      `${path}/issue/:issue_id/paths`,
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'What leads to the packages of an issue',
          params: IssueParams,
          querystring: V1IssuePathsQuery,
          response: { 200: V1IssuePaths },
        },
      },
      async (request): Promise<V1IssuePaths> => {
        const { org_id: orgId, project_id: id, issue_id: key } = request.params;
        const project = await demandProject(request.params);
        const rows = (await issuesOfProject(deps, orgId, id)).filter((row) => row.vulnerability === key);
        if (rows.length === 0 || project.image_id === null) throw notFound('The issue');
        const inventory = await deps.readInventory(project.image_id);
        const root = { name: project.repository, version: project.tag };
        const paths = rows.flatMap((row) => {
          const { dependencyPaths } = originOf(inventory, row.package_id, row.layer);
          const own = {
            name: row.name,
            version: row.version,
            ...(row.fixed_in !== null && { fixVersion: row.fixed_in }),
          };
          const outer = dependencyPaths.map((names) => names.slice(0, -1).map(partOf));
          return (outer.length > 0 ? outer : [[]]).map((parts) => [root, ...parts, own]);
        });
        const { page, perPage } = request.query;
        return { paths: paths.slice((page - 1) * perPage, page * perPage), total: paths.length };
      },
    );
  };
}

/** All issues of a project that are not hidden, worst first. */
async function issuesOfProject(
  { db, now }: ProjectsDeps,
  orgId: string,
  projectId: string,
): Promise<IssueRow[]> {
  const filter: IssueFilter = { projectId, withHidden: false, sort: 'severity' };
  const rows: IssueRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const position = {
      direction: 'forward' as const,
      ...(last && { after: issueSortKey(last, filter) }),
    };
    const page = await listIssues(db, orgId, filter, position, limits.page, now());
    rows.push(...page.rows);
    if (!page.hasNext) return rows;
    if (rows.length >= limits.issues) {
      throw new ApiProblem(
        'too-large',
        'The project has too many issues for one answer; use GET /rest/../issues',
      );
    }
  }
}

async function described({ describe }: ProjectsDeps, row: IssueRow, issue: Issue): Promise<Issue> {
  // Written by our own findings module from this type.
  const { description } = await describe((row.detail as Finding).advisories.map(({ id }) => id));
  return description === undefined ? issue : { ...issue, attributes: { ...issue.attributes, description } };
}

/** A package of a path: its name, and its version after the last `@` when the image tells it. */
function partOf(text: string): { name: string; version: string } {
  const at = text.lastIndexOf('@');
  return at > 0 ? { name: text.slice(0, at), version: text.slice(at + 1) } : { name: text, version: '' };
}
