import { z } from 'zod';

/** How large a tree of policies may be, and how long a pattern in it (platform-api.md A8, A23). */
export const policyLimits = { depth: 8, nodes: 50, patternLength: 512 } as const;

const Pattern = z.string().max(policyLimits.patternLength);

const common = { name: z.string().max(255).optional() };
/** What a component does not have may be there as long as it is empty, as generated clients send it. */
const noPolicy = { policy: z.strictObject({}).optional() };
const noSubPolicies = {
  sub_policies: z.array(z.unknown()).max(0, 'only And and Or have sub_policies').optional(),
};

/** The rules without parts: `type` decides what `policy` may hold. Patterns are RE2; the platform checks them. */
const leaves = [
  z.strictObject({ type: z.literal('ImportAll'), ...common, ...noPolicy, ...noSubPolicies }),
  z.strictObject({ type: z.literal('ImportAllNew'), ...common, ...noPolicy, ...noSubPolicies }),
  z.strictObject({
    type: z.literal('Regex'),
    ...common,
    policy: z
      .strictObject({ repo: Pattern.optional(), tag: Pattern.optional() })
      .refine(({ repo, tag }) => repo !== undefined || tag !== undefined, 'needs repo, tag or both'),
    ...noSubPolicies,
  }),
  z.strictObject({
    type: z.literal('Recent'),
    ...common,
    policy: z.strictObject({ maxAgeDays: z.number().int().min(1).max(3_650) }),
    ...noSubPolicies,
  }),
  z.strictObject({
    type: z.literal('LastNObserved'),
    ...common,
    policy: z.strictObject({ limitNewestImages: z.number().int().min(1).max(10_000) }),
    ...noSubPolicies,
  }),
] as const;

export const importPolicyTypes = [
  'ImportAll',
  'ImportAllNew',
  'Regex',
  'Recent',
  'LastNObserved',
  'And',
  'Or',
] as const;

/** The rules of a sync: a leaf, or a tree of them joined by And and Or. */
export type PolicyComponent =
  | z.infer<(typeof leaves)[number]>
  | {
      type: 'And' | 'Or';
      name?: string | undefined;
      policy?: Record<string, never> | undefined;
      sub_policies: PolicyComponent[];
    };

/** A component that may be this deep. The depth is bounded by the schema itself, so a deep tree costs no stack. */
function componentOf(depth: number): z.ZodType<PolicyComponent> {
  const part =
    depth > 1
      ? componentOf(depth - 1)
      : z.never({ error: `policies may be nested at most ${policyLimits.depth} deep` });
  const composite = z.strictObject({
    type: z.enum(['And', 'Or']),
    ...common,
    ...noPolicy,
    sub_policies: z.array(part).min(1, 'must hold at least one policy').max(policyLimits.nodes),
  });
  return z.discriminatedUnion('type', [...leaves, composite], { error: refusal });
}

function refusal(issue: { readonly code: string; readonly input?: unknown }): string | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const { type } = (issue.input ?? {}) as { type?: unknown };
  const known = `known: ${importPolicyTypes.join(', ')}`;
  if (type === undefined) return `a policy needs a type; ${known}`;
  if (type === 'RuntimeIntegrations') {
    return `RuntimeIntegrations needs to be told which images run, and nothing tells this platform; ${known}`;
  }
  return `unknown policy type ${JSON.stringify(type)?.slice(0, 100)}; ${known}`;
}

export const PolicyComponent = componentOf(policyLimits.depth).refine(
  (component) => countComponents(component) <= policyLimits.nodes,
  `may hold at most ${policyLimits.nodes} policies`,
);

function countComponents(component: PolicyComponent): number {
  const parts = partsOf(component);
  return parts.reduce((count, part) => count + countComponents(part), 1);
}

/** The policies that an And or an Or joins; none for the others. */
export function partsOf(component: PolicyComponent): readonly PolicyComponent[] {
  return component.type === 'And' || component.type === 'Or' ? component.sub_policies : [];
}
