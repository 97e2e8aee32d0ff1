import {
  documentOf,
  ignoreFields,
  IgnorePolicy,
  IgnorePolicyPatch,
  IgnorePolicyQuery,
  IgnorePolicyRequest,
  pageOf,
} from '@plimsoll/contracts';
import { purlName } from '@plimsoll/matching';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { changeRule, replaceIgnores } from './change-ignores.ts';
import { findIgnore, listIgnores, type IgnorePlace, type IgnoreRow, type NewIgnore } from './ignore-store.ts';
import { policyResource } from './policy-resource.ts';
import { readExpiry } from './read-expiry.ts';
import type { TriageDeps } from './triage-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const PolicyParams = OrgParams.extend({ policy_id: z.uuid() });
const path = '/rest/orgs/:org_id/policies';
const expiryPointer = '/data/attributes/action/data/expires';

/** Rules that keep issues from being counted, wherever they hold. */
export function policyRoutes(deps: TriageDeps): FastifyPluginAsync {
  const { db, now } = deps;
  const ruleOf = async ({ org_id: orgId, policy_id: id }: z.infer<typeof PolicyParams>) => {
    const row = await findIgnore(db, orgId, id);
    if (!row) throw notFound('The policy');
    return row;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'Ignore rules',
          params: OrgParams,
          querystring: IgnorePolicyQuery,
          response: { 200: pageOf(IgnorePolicy) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { vulnerability, limit } = request.query;
        const list = ['policies', orgId, vulnerability];
        const page = await listIgnores(db, orgId, vulnerability, readPosition(request.query, list), limit);
        const keyOf = (row: IgnoreRow) => [row.created_at.toISOString(), row.id];
        return pageFor(request, list, page, keyOf, (row) => policyResource(row, now()));
      },
    );

    api.post(
      path,
      {
        preHandler: authorize('org.project.ignore.create'),
        config: { audit: 'org.policy.create' },
        schema: {
          summary: 'Ignore a vulnerability, or one issue, in an image, a repository or the organization',
          params: OrgParams,
          body: IgnorePolicyRequest,
          response: { 201: documentOf(IgnorePolicy) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId } = request.params;
        const { action, conditions_group: group } = request.body.data.attributes;
        const rule: NewIgnore = {
          orgId,
          ...(await aboutOf(deps, orgId, group.conditions)),
          kind: action.data.ignore_type,
          reason: action.data.reason,
          expiresAt: readExpiry(action.data.expires, now(), { pointer: expiryPointer }) ?? null,
          untilFixed: action.data.disregard_if_fixable,
          by: principalOf(request),
        };
        const [id = ''] = await replaceIgnores(deps, request, [], [rule]);
        const row = await ruleOf({ org_id: orgId, policy_id: id });
        const self = `/rest/orgs/${orgId}/policies/${row.id}`;
        return await reply.code(201).send(documentFor(request, policyResource(row, now()), self));
      },
    );

    api.get(
      `${path}/:policy_id`,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'One ignore rule',
          params: PolicyParams,
          response: { 200: documentOf(IgnorePolicy) },
        },
      },
      async (request) => documentFor(request, policyResource(await ruleOf(request.params), now())),
    );

    api.patch(
      `${path}/:policy_id`,
      {
        preHandler: authorize('org.project.ignore.edit'),
        config: { audit: 'org.policy.edit' },
        schema: {
          summary: 'Change why and for how long a rule ignores',
          params: PolicyParams,
          body: IgnorePolicyPatch,
          response: { 200: documentOf(IgnorePolicy) },
        },
      },
      async (request) => {
        const { data } = request.body.data.attributes.action;
        const row = await ruleOf(request.params);
        await changeRule(deps, request, row, {
          kind: data.ignore_type,
          reason: data.reason,
          expires_at: readExpiry(data.expires, now(), { pointer: expiryPointer }),
          until_fixed: data.disregard_if_fixable,
        });
        return documentFor(request, policyResource(await ruleOf(request.params), now()));
      },
    );

    api.delete(
      `${path}/:policy_id`,
      {
        preHandler: authorize('org.project.ignore.delete'),
        config: { audit: 'org.policy.delete' },
        schema: {
          summary: 'Take an ignore rule back',
          params: PolicyParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        await replaceIgnores(deps, request, [await ruleOf(request.params)], []);
        return await reply.code(204).send();
      },
    );
  };
}

type Conditions = z.infer<typeof IgnorePolicyRequest>['data']['attributes']['conditions_group']['conditions'];

/** What a rule is about and where it holds. @throws {ApiProblem} for conditions that make no sense together. */
async function aboutOf(
  deps: TriageDeps,
  orgId: string,
  conditions: Conditions,
): Promise<Pick<NewIgnore, 'vulnerability' | 'package' | 'place'>> {
  const pointer = '/data/attributes/conditions_group/conditions';
  const refuse = (message: string) => new ApiProblem('invalid', message, { source: { pointer } });
  const valueOf = (field: string) => {
    const [one, ...more] = conditions.filter((condition) => condition.field === field);
    if (more.length > 0) throw refuse(`must name ${field} once at most`);
    return one?.value;
  };
  const finding = valueOf(ignoreFields.finding);
  if (finding === undefined) throw refuse(`must name a vulnerability or an issue by ${ignoreFields.finding}`);
  const issue = z.uuid().safeParse(finding).success ? await deps.issueOf(orgId, finding) : undefined;
  if (z.uuid().safeParse(finding).success && !issue) throw refuse('names an issue that does not exist');
  const pkg = valueOf(ignoreFields.package) ?? issue?.purl;
  const packageName = pkg === undefined ? undefined : purlName(pkg);
  if (pkg !== undefined && packageName === undefined) throw refuse('must name a package by its purl');
  const project = valueOf(ignoreFields.project);
  const target = valueOf(ignoreFields.target);
  if (project !== undefined && target !== undefined)
    throw refuse('must name a project or a target, not both');
  const place = await placeOf(deps, orgId, project, target);
  if ((project ?? target) !== undefined && !place)
    throw refuse('names a project or target that does not exist');
  return {
    vulnerability: issue?.vulnerability ?? finding,
    ...(packageName !== undefined && { package: packageName }),
    ...(place && { place }),
  };
}

async function placeOf(
  deps: TriageDeps,
  orgId: string,
  project: string | undefined,
  target: string | undefined,
): Promise<IgnorePlace | undefined> {
  const id = z.uuid().safeParse(project ?? target);
  if (!id.success) return undefined;
  return await deps.placeOf(orgId, project === undefined ? 'target' : 'project', id.data);
}
