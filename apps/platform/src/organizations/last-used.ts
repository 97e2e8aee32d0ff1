/** How exact `last_used_at` of a token is, milliseconds: a busy script must not write on each of its requests. */
const precisionMs = 60_000;

/** Whether a use of a token is to be noted. */
export function isLongUnused(lastUsedAt: Date | null, now: Date): boolean {
  return !lastUsedAt || now.getTime() - lastUsedAt.getTime() > precisionMs;
}
