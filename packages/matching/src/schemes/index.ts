import { apk } from './apk.ts';
import { composer } from './composer.ts';
import { deb } from './deb.ts';
import { dotted } from './dotted.ts';
import { gem } from './gem.ts';
import { maven } from './maven.ts';
import { nuget } from './nuget.ts';
import { pep440 } from './pep440.ts';
import { pub } from './pub.ts';
import { rpm } from './rpm.ts';
import type { Scheme } from './scheme.ts';
import { semver } from './semver.ts';

export type { Scheme } from './scheme.ts';

/** Every version scheme, by its id. */
export const schemes = {
  deb,
  apk,
  rpm,
  semver,
  pep440,
  maven,
  gem,
  nuget,
  composer,
  dotted,
  pub,
} as const satisfies Readonly<Record<string, Scheme>>;

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
  AlmaLinux: rpm,
  'Rocky Linux': rpm,
  'Red Hat': rpm,
  SUSE: rpm,
  openSUSE: rpm,
  openEuler: rpm,
  Mageia: rpm,
  'Photon OS': rpm,
  'Azure Linux': rpm,
  PyPI: pep440,
  Maven: maven,
  RubyGems: gem,
  NuGet: nuget,
  Packagist: composer,
  CRAN: dotted,
  Hackage: dotted,
  GHC: dotted,
  npm: semver,
  'crates.io': semver,
  Go: semver,
  Hex: semver,
  Pub: pub,
  SwiftURL: semver,
  Bitnami: semver,
  Julia: semver,
  'GitHub Actions': semver,
};
