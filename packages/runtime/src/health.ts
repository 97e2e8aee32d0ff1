/** The state of one dependency: true, or a sentence that says what is wrong. */
export type HealthCheck = () => Promise<true | string> | true | string;

/** Longest a single check may take, milliseconds: a probe that hangs is a probe that fails. */
const checkTimeoutMs = 3_000;

/** Runs all checks side by side. `ok` is true when each answered true in time. */
export async function checkHealth(
  checks: Readonly<Record<string, HealthCheck>>,
): Promise<{ ok: boolean; checks: Record<string, string> }> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const timeout = AbortSignal.timeout(checkTimeoutMs);
      const late = new Promise<string>((resolve) =>
        timeout.addEventListener('abort', () => resolve(`no answer within ${checkTimeoutMs} ms`)),
      );
      try {
        const state = await Promise.race([Promise.resolve(check()), late]);
        return [name, state === true ? 'ok' : state] as const;
      } catch (error) {
        return [name, (error as Error).message] as const;
      }
    }),
  );
  return { ok: entries.every(([, state]) => state === 'ok'), checks: Object.fromEntries(entries) };
}
