import { schemes, type Scheme } from '../schemes/index.ts';

/** The order of versions of a purl type, which is what `vers` names its schemes by; undefined for an unknown one. */
export function schemeOfType(type: string): Scheme | undefined {
  return Object.hasOwn(schemesByType, type) ? schemesByType[type] : undefined;
}

const { deb, apk, rpm, semver, pep440, maven, gem, nuget, composer, dotted, pub } = schemes;

const schemesByType: Readonly<Record<string, Scheme>> = {
  deb,
  apk,
  alpine: apk,
  rpm,
  npm: semver,
  golang: semver,
  cargo: semver,
  hex: semver,
  swift: semver,
  bitnami: semver,
  semver,
  pypi: pep440,
  maven,
  gem,
  nuget,
  composer,
  cran: dotted,
  hackage: dotted,
  pub,
};

type Constraint = { readonly comparator: string; readonly version: string };

/**
 * Whether a version lies in a range as `vers:deb/>=1.0|<2.0` writes it (github.com/package-url/vers-spec). A range
 * that cannot be read, or is of an unknown scheme, holds no version.
 */
export function isInVersRange(range: string, version: string): boolean {
  const [, name = '', list = ''] = /^vers:([a-z0-9.+-]+)\/(.+)$/i.exec(range) ?? [];
  const scheme = schemeOfType(name.toLowerCase());
  if (list === '*') return true;
  if (!scheme) return false;
  const constraints = list.split('|').map(constraintOf);
  if (constraints.some((one) => one === undefined)) return false;
  const known = constraints.flatMap((one) => one ?? []);
  const equals = (one: Constraint) => scheme.compare(one.version, version) === 0;
  if (known.some((one) => one.comparator === '!=' && equals(one))) return false;
  if (known.some((one) => one.comparator === '=' && equals(one))) return true;
  const bounds = known
    .filter(({ comparator }) => comparator !== '=' && comparator !== '!=')
    .toSorted((a, b) => scheme.compare(a.version, b.version));
  // Nothing but exceptions: everything else is in it.
  if (bounds.length === 0) return known.every(({ comparator }) => comparator === '!=');
  const holds = ({ comparator, version: bound }: Constraint) => {
    const order = scheme.compare(version, bound);
    return order === 0 ? comparator.endsWith('=') : order < 0 === comparator.startsWith('<');
  };
  const isUpper = ({ comparator }: Constraint) => comparator.startsWith('<');
  return bounds.some((one, index) => {
    const next = bounds[index + 1];
    if (!isUpper(one)) return holds(one) && (!next || (isUpper(next) && holds(next)));
    return index === 0 && holds(one);
  });
}

function constraintOf(text: string): Constraint | undefined {
  const [, comparator = '', version = ''] = /^(>=|<=|!=|<|>|=)?(.+)$/.exec(text.trim()) ?? [];
  if (version === '') return undefined;
  return { comparator: comparator || '=', version: decoded(version.trim()) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
