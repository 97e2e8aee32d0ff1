import { policyLimits } from '@plimsoll/contracts';
import { RE2JS } from 're2js';

/** Instructions a compiled pattern may have: each costs time at each character of each name (platform-api.md A8). */
export const maxInstructions = 1_000;

/** A compiled pattern; `test` searches, unanchored. */
export type Pattern = { test(text: string): boolean };

/** A pattern of a policy cannot be used; the message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * Compiles a pattern that a person wrote: RE2 syntax, so that it takes linear time whatever it says.
 * @throws {PatternError}
 */
export function compilePattern(pattern: string): Pattern {
  const compiled = compile(pattern);
  if (compiled.programSize() > maxInstructions) {
    throw new PatternError('this pattern is too large: write fewer or smaller repetitions');
  }
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PatternError(`this pattern is not RE2 syntax: ${why}`, { cause: error });
  }
}

/** A pattern of a policy tree that cannot be used, and the way to it. */
export type PatternFault = { readonly path: readonly (string | number)[]; readonly message: string };

/** Finds the patterns of a policy tree that cannot be used. The tree may have any other fault too: it is not read yet. */
export function patternFaults(component: unknown): PatternFault[] {
  return faultsBelow(component, [], policyLimits.depth);
}

type Loose = { type?: unknown; policy?: { repo?: unknown; tag?: unknown } | null; sub_policies?: unknown };

function faultsBelow(component: unknown, path: readonly (string | number)[], depth: number): PatternFault[] {
  if (typeof component !== 'object' || component === null || depth === 0) return [];
  const { type, policy, sub_policies: parts } = component as Loose;
  if (type === 'Regex') {
    return (['repo', 'tag'] as const).flatMap((key) => {
      const message = faultOf(policy?.[key]);
      return message === undefined ? [] : [{ path: [...path, 'policy', key], message }];
    });
  }
  if (!Array.isArray(parts)) return [];
  return parts
    .slice(0, policyLimits.nodes)
    .flatMap((part, index) => faultsBelow(part, [...path, 'sub_policies', index], depth - 1));
}

function faultOf(pattern: unknown): string | undefined {
  // What is no text, or too long, is the schema's to refuse.
  if (typeof pattern !== 'string' || pattern.length > policyLimits.patternLength) return undefined;
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
