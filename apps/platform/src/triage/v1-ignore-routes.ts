import {
  IgnoreKind,
  V1IgnoreRequest,
  V1IgnoresRequest,
  V1IssueIgnores,
  V1ProjectIgnores,
  type V1Ignore,
} from '@plimsoll/contracts';
import { purlName } from '@plimsoll/matching';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { replaceIgnores } from './change-ignores.ts';
import { ignoresOfImage, type IgnorePlace, type IgnoreRow, type NewIgnore } from './ignore-store.ts';
import { authorOf } from './issue-ignore.ts';
import { readExpiry } from './read-expiry.ts';
import type { TriageDeps } from './triage-deps.ts';

const ProjectParams = z.object({ org_id: z.uuid(), project_id: z.uuid() });
const IssueParams = ProjectParams.extend({ issue_id: z.string().min(1).max(200) });

type About = { readonly vulnerability: string; readonly package?: string };

/**
 * Ignores of one project, as the older API has them, under the prefix it is registered with. An issue is named by its
 * id, or by an id of its vulnerability, which stands for it in whatever package.
 */
export function v1IgnoreRoutes(deps: TriageDeps, prefix: string): FastifyPluginAsync {
  const { db, now } = deps;
  const path = `${prefix}/org/:org_id/project/:project_id`;
  const issuePath = `${path}/ignore/:issue_id`;

  const placeOf = async ({ org_id: orgId, project_id: id }: z.infer<typeof ProjectParams>) => {
    const place = await deps.placeOf(orgId, 'project', id);
    if (!place) throw notFound('The project');
    return place;
  };
  const ignoresOf = async (params: z.infer<typeof IssueParams>) => {
    const place = await placeOf(params);
    const about = await aboutOf(deps, params.org_id, params.issue_id);
    return { place, about, rows: await ignoresOfImage(db, params.org_id, place, about) };
  };
  const answer = async (params: z.infer<typeof IssueParams>) =>
    (await ignoresOf(params)).rows.map((row) => v1Ignore(row));
  const newIgnore = (
    request: FastifyRequest,
    { place, about }: { place: IgnorePlace; about: About },
    body: z.infer<typeof V1IgnoreRequest>,
  ): NewIgnore => ({
    orgId: (request.params as { org_id: string }).org_id,
    ...about,
    place,
    kind: body.reasonType,
    reason: body.reason,
    expiresAt: readExpiry(body.expires, now()) ?? null,
    untilFixed: body.disregardIfFixable,
    by: principalOf(request),
  });

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      `${path}/ignores`,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'Ignores of a project',
          params: ProjectParams,
          response: { 200: V1ProjectIgnores },
        },
      },
      async (request) => {
        const rows = await ignoresOfImage(db, request.params.org_id, await placeOf(request.params));
        const byIssue = Map.groupBy(rows, (row) => row.vulnerability);
        return Object.fromEntries([...byIssue].map(([id, own]) => [id, own.map((row) => v1Ignore(row))]));
      },
    );

    api.get(
      issuePath,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: { summary: 'Ignores of an issue', params: IssueParams, response: { 200: V1IssueIgnores } },
      },
      (request) => answer(request.params),
    );

    api.post(
      issuePath,
      {
        preHandler: authorize('org.project.ignore.create'),
        config: { audit: 'org.project.ignore.create' },
        schema: {
          summary: 'Ignore an issue of a project',
          params: IssueParams,
          body: V1IgnoreRequest,
          response: { 200: V1IssueIgnores },
        },
      },
      async (request) => {
        const found = await ignoresOf(request.params);
        await replaceIgnores(deps, request, [], [newIgnore(request, found, request.body)]);
        return await answer(request.params);
      },
    );

    api.put(
      issuePath,
      {
        preHandler: authorize('org.project.ignore.edit'),
        config: { audit: 'org.project.ignore.edit' },
        schema: {
          summary: 'Replace the ignores of an issue',
          params: IssueParams,
          body: V1IgnoresRequest,
          response: { 200: V1IssueIgnores },
        },
      },
      async (request) => {
        const found = await ignoresOf(request.params);
        const rules = request.body.map((one) => newIgnore(request, found, one));
        await replaceIgnores(deps, request, found.rows, rules);
        return await answer(request.params);
      },
    );

    api.delete(
      issuePath,
      {
        preHandler: authorize('org.project.ignore.delete'),
        config: { audit: 'org.project.ignore.delete' },
        schema: {
          summary: 'Take the ignores of an issue back',
          params: IssueParams,
          response: { 200: z.object({ ok: z.literal(true) }) },
        },
      },
      async (request) => {
        const { rows } = await ignoresOf(request.params);
        if (rows.length === 0) throw notFound('An ignore of this issue');
        await replaceIgnores(deps, request, rows, []);
        return { ok: true as const };
      },
    );
  };
}

async function aboutOf(deps: TriageDeps, orgId: string, issueId: string): Promise<About> {
  if (!z.uuid().safeParse(issueId).success) return { vulnerability: issueId };
  const issue = await deps.issueOf(orgId, issueId);
  if (!issue) throw notFound('The issue');
  return { vulnerability: issue.vulnerability, package: purlName(issue.purl) ?? issue.purl };
}

function v1Ignore(row: IgnoreRow): V1Ignore {
  return {
    '*': {
      reason: row.reason,
      reasonType: IgnoreKind.parse(row.kind),
      created: row.created_at.toISOString(),
      ...(row.expires_at && { expires: row.expires_at.toISOString() }),
      disregardIfFixable: row.until_fixed,
      ignoredBy: authorOf(row),
    },
  };
}
