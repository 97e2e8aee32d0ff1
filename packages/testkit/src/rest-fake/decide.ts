import {
  documentOf,
  ignoreFields,
  IgnorePolicy,
  IgnorePolicyRequest,
  type Issue,
  type Project,
} from '@plimsoll/contracts';
import { problem, type RestAnswer } from './rest-routes.ts';
import { type RestWorld, uuidOf } from './rest-world.ts';

/** Ignores the issue that a policy names, or takes that back, for `POST` and `DELETE` below `/policies`. */
export function decide(world: RestWorld, method: string, path: string, body: unknown): RestAnswer {
  if (method === 'DELETE') return takeBack(world, path.split('/').at(-1) ?? '');
  const { attributes } = IgnorePolicyRequest.parse(body).data;
  const conditions = attributes.conditions_group.conditions;
  const named = conditions.find(({ field }) => field === ignoreFields.finding)?.value;
  const issue = [...world.issues.values()].flat().find(({ id }) => id === named);
  if (!issue) return problem(400, 'names an issue that does not exist');
  const isAnywhere = !conditions.some(({ field }) => field === ignoreFields.project);
  const { ignore_type, reason, expires, disregard_if_fixable } = attributes.action.data;
  const at = new Date().toISOString();
  const by = { id: uuidOf('ada'), name: 'Ada' };
  const id = uuidOf(`policy ${issue.id}`);
  issue.attributes.ignored = true;
  issue.attributes.ignore = {
    policy_id: id,
    ignore_type,
    reason,
    ...(expires !== undefined && { expires }),
    disregard_if_fixable,
    scope: isAnywhere ? 'org' : 'project',
    created_at: at,
    created_by: by,
  };
  recount(world, issue, 1);
  const policy: IgnorePolicy = {
    id,
    type: 'policy',
    attributes: {
      ...attributes,
      name: issue.attributes.key,
      review: 'not-required',
      created_at: at,
      updated_at: at,
      created_by: by,
    },
    meta: { scope: isAnywhere ? 'org' : 'project', is_expired: false },
  };
  const document = { jsonapi: { version: '1.0' }, data: policy };
  return { status: 201, body: documentOf(IgnorePolicy).parse(document) };
}

function takeBack(world: RestWorld, policyId: string): RestAnswer {
  const issue = [...world.issues.values()]
    .flat()
    .find((one) => one.attributes.ignore?.policy_id === policyId);
  if (!issue) return problem(404, 'There is no such policy');
  issue.attributes.ignored = false;
  delete issue.attributes.ignore;
  recount(world, issue, -1);
  return { status: 204 };
}

/** Moves one issue of its project from what counts to what is ignored, or back. */
function recount(world: RestWorld, issue: Issue, amount: 1 | -1): void {
  const project = world.projects.find(({ id }: Project) => id === issue.relationships.scan_item.data.id);
  const counts = project?.meta.latest_issue_counts;
  if (!counts) return;
  counts.ignored += amount;
  counts[issue.attributes.effective_severity_level] -= amount;
}
