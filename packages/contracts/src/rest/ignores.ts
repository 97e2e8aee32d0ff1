import { z } from 'zod';
import { Instant } from '../names.ts';
import { commaSeparated, PageQuery, requestOf } from './json-api.ts';

/** Why an issue is not counted, in the words of the API that scripts know. */
export const ignoreKinds = ['not-vulnerable', 'wont-fix', 'temporary-ignore'] as const;
export const IgnoreKind = z.enum(ignoreKinds);
export type IgnoreKind = z.infer<typeof IgnoreKind>;

/** Where an ignore holds: for one image (repository:tag), one repository, or the organization. */
export const ignoreScopes = ['project', 'target', 'org'] as const;
export type IgnoreScope = (typeof ignoreScopes)[number];

/**
 * What the conditions of a policy are about: the vulnerability (or the id of an issue, which stands for its
 * vulnerability and its package), the purl of a package without version, the id of a project, the id of a target.
 */
export const ignoreFields = {
  finding: 'snyk/asset/finding/v1',
  package: 'plimsoll/package',
  project: 'plimsoll/project',
  target: 'plimsoll/target',
} as const;

const reason = z.string().max(4_000);
const name = z.string().min(1).max(255);

const Condition = z.object({
  field: z.enum(ignoreFields),
  operator: z.literal('includes'),
  value: z.string().min(1).max(1_000),
});

const conditionsGroup = z.object({
  logical_operator: z.literal('and').default('and'),
  conditions: z.array(Condition).min(1).max(4),
});

const actionData = z.object({
  ignore_type: IgnoreKind,
  reason: reason.default(''),
  /** It ends then. */
  expires: Instant.optional(),
  /** It ends when a version fixes the issue. */
  disregard_if_fixable: z.boolean().default(false),
});

/** Who made something, as it was called then. */
export const Author = z.object({ id: z.uuid(), name: z.string(), email: z.string().optional() });
export type Author = z.infer<typeof Author>;

/** A rule that keeps issues from being counted. */
export const IgnorePolicy = z.object({
  id: z.uuid(),
  type: z.literal('policy'),
  attributes: z.object({
    name,
    action_type: z.literal('ignore'),
    action: z.object({ data: actionData }),
    conditions_group: conditionsGroup,
    review: z.literal('not-required'),
    created_at: Instant,
    updated_at: Instant,
    created_by: Author,
  }),
  meta: z.object({
    scope: z.enum(ignoreScopes),
    /** The repository or repository:tag where it holds. */
    scope_name: z.string().optional(),
    /** Its time is over. */
    is_expired: z.boolean(),
  }),
});
export type IgnorePolicy = z.infer<typeof IgnorePolicy>;

export const IgnorePolicyRequest = requestOf(
  'policy',
  z.object({
    name: name.optional(),
    action_type: z.literal('ignore'),
    action: z.object({ data: actionData }),
    conditions_group: conditionsGroup,
  }),
);

/** What is absent stays; `expires: null` makes it hold for good. */
export const IgnorePolicyPatch = requestOf(
  'policy',
  z.object({
    action: z.object({
      data: z.object({
        ignore_type: IgnoreKind.optional(),
        reason: reason.optional(),
        expires: Instant.nullable().optional(),
        disregard_if_fixable: z.boolean().optional(),
      }),
    }),
  }),
);

export const IgnorePolicyQuery = PageQuery.extend({
  /** Only those that name one of these vulnerabilities, by whichever of their ids. */
  vulnerability: commaSeparated.optional(),
});

/** One ignore of v1: where it holds (always `*`, everywhere in the project), and what it says. */
export const V1Ignore = z.record(
  z.string(),
  z.object({
    reason: z.string(),
    reasonType: IgnoreKind,
    created: Instant,
    expires: Instant.optional(),
    disregardIfFixable: z.boolean(),
    ignoredBy: Author,
  }),
);
export type V1Ignore = z.infer<typeof V1Ignore>;

/** GET .../project/{p}/ignore/{issue} */
export const V1IssueIgnores = z.array(V1Ignore);
/** GET .../project/{p}/ignores: by issue. */
export const V1ProjectIgnores = z.record(z.string(), V1IssueIgnores);

/** POST .../project/{p}/ignore/{issue} */
export const V1IgnoreRequest = z.object({
  ignorePath: z.union([z.literal('*'), z.literal('')]).optional(),
  reason: reason.default(''),
  reasonType: IgnoreKind,
  disregardIfFixable: z.boolean().default(false),
  expires: Instant.optional(),
});

/** PUT .../project/{p}/ignore/{issue}: in place of all that there were. */
export const V1IgnoresRequest = z.union([
  z.array(V1IgnoreRequest).max(10),
  V1IgnoreRequest.transform((one) => [one]),
]);
