import { ImportPolicyPatch, ImportPolicyRequest } from '@plimsoll/contracts';
import { patternFaults } from '@plimsoll/policy';
import type { z } from 'zod';

/** A request for a policy whose patterns can be used. Each one that cannot is a fault of its own, beside all others. */
export const CheckedPolicyRequest = ImportPolicyRequest.superRefine(checkPatterns, { when: () => true });

/** The same for a change of a policy. */
export const CheckedPolicyPatch = ImportPolicyPatch.superRefine(checkPatterns, { when: () => true });

/** The document may have any other fault: it is looked at before those are told. */
function checkPatterns(document: unknown, context: z.core.$RefinementCtx): void {
  const path = ['data', 'attributes', 'policy', 'import_policy'];
  const component = path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | null | undefined)?.[key],
    document,
  );
  for (const fault of patternFaults(component)) {
    context.addIssue({ code: 'custom', path: [...path, ...fault.path], message: fault.message });
  }
}
