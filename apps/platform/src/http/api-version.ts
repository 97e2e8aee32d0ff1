import { ApiProblem } from './api-problem.ts';

/** From the least to the most settled. */
const stabilities = ['wip', 'experimental', 'beta', 'ga'] as const;
type Stability = (typeof stabilities)[number];

/** A release of a route: a date, and `~stability` unless it is generally available. */
export type Release =
  | `${number}-${number}-${number}`
  | `${number}-${number}-${number}~${Exclude<Stability, 'ga'>}`;

/** The release of every route that names none. */
export const firstRelease: Release = '2021-06-04';

/** Since this date callers send only a date, and get what is generally available or else the beta. */
const simplifiedSince = '2024-10-15';

type Version = { readonly date: string; readonly stability: Stability; readonly isExact: boolean };

/** Which release of a route serves a request. */
export type Served = { readonly release: Release; readonly stage: Stability; readonly deprecatedOn?: string };

/**
 * Chooses the release that serves the version asked for: the newest one not later than its date and at least as
 * settled. Rules: https://docs.snyk.io/snyk-api/api-documentation/versioning (the API that existing scripts speak).
 * @throws {ApiProblem} `invalid` when the version is missing, malformed or in the future; `not-found` when there is none.
 */
export function serveVersion(asked: string | undefined, releases: readonly Release[], today: string): Served {
  const version = parse(asked, today);
  const known = releases
    .map((release) => ({ release, ...split(release) }))
    .toSorted((a, b) => compare(b.date, a.date));
  const eligible = known.filter((one) => one.date <= version.date);
  const served =
    eligible.find((one) => rank(one.stability) >= rank(version.stability)) ??
    (version.isExact || version.date < simplifiedSince
      ? undefined
      : eligible.find((one) => one.stability === 'beta'));
  if (!served) {
    const first = known.at(-1)?.release ?? firstRelease;
    const settled = known.findLast((one) => one.stability === 'ga')?.release ?? first;
    throw new ApiProblem(
      'not-found',
      `This resource does not exist in version ${asked}; it requires version ${settled} or later`,
      { source: { parameter: 'version' } },
    );
  }
  const newer = known.find((one) => one.date > served.date && rank(one.stability) >= rank(served.stability));
  return {
    release: served.release,
    stage: served.stability,
    ...(newer && { deprecatedOn: newer.date }),
  };
}

function parse(asked: string | undefined, today: string): Version {
  const source = { parameter: 'version' };
  if (asked === undefined) {
    throw new ApiProblem('invalid', `The query parameter version is required, for example version=${today}`, {
      source,
    });
  }
  if (isStability(asked)) return { date: today, stability: asked, isExact: true };
  const [date = '', stability] = asked.split('~');
  if (!isDate(date) || asked.split('~').length > 2 || (stability !== undefined && !isStability(stability))) {
    throw new ApiProblem(
      'invalid',
      'The version must be a date, YYYY-MM-DD, optionally with ~beta or ~experimental',
      {
        source,
      },
    );
  }
  if (date > today) throw new ApiProblem('invalid', `The version ${date} is in the future`, { source });
  return { date, stability: stability ?? 'ga', isExact: stability !== undefined };
}

function split(release: Release): { date: string; stability: Stability } {
  const [date = '', stability] = release.split('~');
  return { date, stability: isStability(stability) ? stability : 'ga' };
}

function isStability(text: string | undefined): text is Stability {
  return stabilities.some((stability) => stability === text);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function rank(stability: Stability): number {
  return stabilities.indexOf(stability);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
