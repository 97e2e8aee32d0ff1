import { ApiProblem, type ProblemSource } from '../http/api-problem.ts';

/** When a rule ends; null for never. @throws {ApiProblem} when that is over already. */
export function readExpiry<T extends string | null | undefined>(
  text: T,
  now: Date,
  source?: ProblemSource,
): Date | Exclude<T, string> {
  if (text === null || text === undefined) return text as Exclude<T, string>;
  const at = new Date(text);
  if (at > now) return at;
  throw new ApiProblem('invalid', 'must end in the future', { ...(source && { source }) });
}
