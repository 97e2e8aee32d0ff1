import { normalName, type PackageContext } from '@plimsoll/matching';
import { installed } from './testing-installed.ts';
import type { RawAdvisory, RawAffected } from './testing-raw-advisory.ts';

/** What records say about one package: the source of versions around which something changes. */
type Subject = { readonly ecosystem: string; readonly name: string; readonly versions: string[] };

/**
 * Makes packages that advisories speak about, in versions at and around those they name; the same seed makes the same
 * packages. Some are binary packages of another name than their source, some have versions that say nothing.
 */
export function* generatedPackages(
  advisories: readonly RawAdvisory[],
  count: number,
  seed: number,
): Generator<PackageContext> {
  const subjects = subjectsOf(advisories);
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  for (let id = 1; id <= count; id++) {
    const { ecosystem, name, versions } = pick(subjects);
    const version = pick(changes)(pick(versions), below);
    const isSystem = /^(?:Debian|Ubuntu|Alpine)\b/.test(ecosystem);
    // A package of a module that no advisory is about, or of none.
    const modularity = version.includes('.module') ? 'none:0' : '';
    if (!isSystem || below(2) === 0) yield installed(ecosystem, name, version, { id, modularity });
    else {
      const source = {
        sourceName: name,
        ...(ecosystem.startsWith('Alpine') ? {} : { sourceVersion: version }),
      };
      const own = ecosystem.startsWith('Alpine') ? version : `9:${version}`;
      yield installed(ecosystem, `lib${name}`, own, { id, ...source });
    }
  }
}

function subjectsOf(advisories: readonly RawAdvisory[]): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const { affected = [] } of advisories) {
    for (const entry of affected) {
      if (!entry.package) continue;
      const { ecosystem, name } = entry.package;
      const key = `${ecosystem}\n${normalName(ecosystem, name)}`;
      const subject = subjects.get(key) ?? { ecosystem, name, versions: ['1.0'] };
      subjects.set(key, subject);
      subject.versions.push(...versionsOf(entry));
    }
  }
  return [...subjects.values()];
}

function versionsOf({ ranges = [], versions = [] }: RawAffected): string[] {
  const bounds = ranges.flatMap(({ events }) =>
    events.flatMap(({ introduced, fixed, last_affected }) => introduced ?? fixed ?? last_affected ?? []),
  );
  return [...bounds, ...versions];
}

type Change = (version: string, below: (limit: number) => number) => string;

const changes: readonly Change[] = [
  (version) => version,
  (version) => version,
  (version) => `${version}.1`,
  (version) => `${version}-1`,
  (version) => `${version}+b1`,
  (version) => `${version}~rc1`,
  (version) => `${version}-alpha.1`,
  (version) => `${version}rc1`,
  (version) => `v${version}`,
  (version) => version.replace(/[.-][^.-]*$/, ''),
  (version, below) => version.replace(/\d+$/, (digits) => String(Number(digits) + below(3) - 1)),
  (version, below) => version.replace(/^\d+/, (digits) => String(Math.max(0, Number(digits) + below(3) - 1))),
  (version, below) => `${version}.${below(20)}`,
  (_, below) => ['', 'latest', '0', '0.0.1', '99999.0'][below(5)] ?? '',
];

/** Numbers from 0 to below 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
