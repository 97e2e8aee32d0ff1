type Headers = Readonly<Record<string, string | string[] | undefined>>;

const prefixes = ['x-ratelimit', 'ratelimit'];

/** Unix times are larger than this, waiting times in seconds are not. */
const smallestUnixSeconds = 1_000_000_000;

/**
 * How long nothing more may be asked, milliseconds from `now`: an answer says that nothing is left of what may be asked, and when
 * there will be more. GitHub, Docker Hub and GitLab write `X-RateLimit-*` or `RateLimit-*` with Unix seconds, the draft
 * draft-ietf-httpapi-ratelimit-headers with seconds to wait. Undefined when there is something left, or no word on it.
 */
export function exhaustedForMs(headers: Headers, now: Date): number | undefined {
  for (const prefix of prefixes) {
    const remaining = number(headers[`${prefix}-remaining`]);
    const reset = number(headers[`${prefix}-reset`]);
    if (remaining === 0 && reset !== undefined) {
      const ms = reset * 1000;
      return Math.max(0, reset >= smallestUnixSeconds ? ms - now.getTime() : ms);
    }
  }
  return undefined;
}

/** How many more requests an answer says there may be; undefined when it does not say. */
export function remainingOf(headers: Headers): number | undefined {
  return prefixes.map((prefix) => number(headers[`${prefix}-remaining`])).find((left) => left !== undefined);
}

/** Docker Hub adds the window: `76;w=21600`. */
function number(header: string | string[] | undefined): number | undefined {
  const digits = /^\s*(\d{1,12})\s*(?:;|$)/.exec(typeof header === 'string' ? header : '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
