import { apk } from './apk.ts';
import { deb } from './deb.ts';
import type { Scheme } from './scheme.ts';
import { semver } from './semver.ts';

export type { Scheme } from './scheme.ts';

/** Every version scheme, by its id. */
export const schemes = { deb, apk, semver } as const satisfies Readonly<Record<string, Scheme>>;

/** The scheme of an OSV ecosystem (release suffix and all), or undefined for one that is not evaluated. */
export function schemeOf(ecosystem: string): Scheme | undefined {
  const family = ecosystem.split(':', 1)[0] ?? '';
  return Object.hasOwn(schemesByEcosystem, family) ? schemesByEcosystem[family] : undefined;
}

const schemesByEcosystem: Readonly<Record<string, Scheme>> = {
  Debian: deb,
  Ubuntu: deb,
  Echo: deb,
  Alpine: apk,
  Wolfi: apk,
  Chainguard: apk,
  MinimOS: apk,
  Alpaquita: apk,
  'BellSoft Hardened Containers': apk,
  npm: semver,
  'crates.io': semver,
  Go: semver,
  Hex: semver,
  Pub: semver,
  SwiftURL: semver,
  Bitnami: semver,
  Julia: semver,
  'GitHub Actions': semver,
};
