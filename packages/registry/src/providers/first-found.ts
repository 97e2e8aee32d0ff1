import type { SharedFetches } from '../shared-fetches.ts';
import { ifRefused } from '../if-refused.ts';

/** Things do not move from one path to another while a registry is open, milliseconds. */
const freshMs = 600_000;

/** The path that is there, of two that a thing can have (a group or a project, an organization or a person); remembered. */
export function firstFound(
  memory: SharedFetches,
  [path, otherPath]: readonly [string, string],
  ask: (path: string, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<string> {
  const find = async (fetchSignal: AbortSignal) => {
    const value = await ask(path, fetchSignal).then(
      () => path,
      ifRefused(['not-found'], () => otherPath),
    );
    return { value, freshMs };
  };
  return memory.get(`path ${path}`, find, signal);
}
