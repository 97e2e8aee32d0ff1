import type { Verdict } from './evaluate.ts';
import type { PackageContext } from './package-context.ts';

/**
 * Whether a Go module was built from a commit without a release before it (`v0.0.0-20240102030405-0123456789ab`), which
 * sorts before every release of a module that has some: what is fixed in 1.2.3 may be fixed in it or not.
 */
export function isPseudoVersion({ type, version }: PackageContext, { rule }: Verdict): boolean {
  if (type !== 'golang' || !madeUp.test(version)) return false;
  const bounds = (rule.intervals ?? []).flatMap(({ introduced, fixed, lastAffected }) => [
    introduced,
    fixed,
    lastAffected,
  ]);
  return bounds.some((bound) => bound !== undefined && bound !== '0' && !/^v?0\.0\.0-/.test(bound));
}

const madeUp = /^v?0\.0\.0-\d{14}-[0-9a-f]{12}/;

/** Whether a Debian package says in its version that it was built for another release: `1.2-3+deb13u1` on Debian 12. */
export function isOfOtherRelease({ type, distro, version }: PackageContext): boolean {
  if (type !== 'deb') return false;
  const release = /^debian:(\d+)/.exec(distro)?.[1];
  const named = /[+~]deb(\d+)u\d/.exec(version)?.[1];
  return release !== undefined && named !== undefined && release !== named;
}
