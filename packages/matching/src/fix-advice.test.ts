import type { SeverityLevel } from '@plimsoll/contracts';
import { array, assert, constantFrom, integer, property, record, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileAdvisory } from './compile-advisory.ts';
import { evaluate, type Candidate } from './evaluate.ts';
import { upgradesOf, type Upgrade } from './fix-advice.ts';
import { findingsOf, type Finding } from './match-package.ts';
import type { PackageContext } from './package-context.ts';
import { advisory, deb, pkg } from './testing-match.ts';

const none = { groups: new Map(), facts: new Map() };
const isHigh = ({ severity }: Finding) => severity === 'high';
const all = () => true;

type Range = readonly [introduced: string, fixed: string | undefined];

/** Rules of Debian about a source: which versions have a vulnerability, and how severe it is. */
function rulesOf(name: string, vulnerability: string, level: SeverityLevel, ...ranges: Range[]): Candidate[] {
  const events = ranges.flatMap(([introduced, fixed]) => [
    { introduced },
    ...(fixed === undefined ? [] : [{ fixed }]),
  ]);
  const id = `DEBIAN-${vulnerability}`;
  const record = advisory(id, [{ ecosystem: 'Debian:12', name, events, urgency: level }], {
    upstream: [vulnerability],
  });
  return compileAdvisory(record).rows.map((row) => ({ ...row, advisoryId: id }));
}

const brief = (upgrades: readonly Upgrade[]) => upgrades.map(({ name, from, to }) => [name, from, to]);

describe('upgrades', () => {
  it('take all packages of a source together, to the version that clears every issue of the level', () => {
    const openssl = [
      ...rulesOf('openssl', 'CVE-1', 'high', ['0', '3.0-2']),
      ...rulesOf('openssl', 'CVE-2', 'high', ['0', '3.0-3']),
      ...rulesOf('openssl', 'CVE-3', 'low', ['0', '3.0-9']),
    ];
    const installed = [
      { pkg: deb('libssl3', '3.0-1', { id: 1, sourceName: 'openssl' }), candidates: openssl },
      { pkg: deb('openssl', '3.0-1+b2', { id: 2 }), candidates: openssl },
      { pkg: deb('tar', '1.34-1', { id: 3 }), candidates: rulesOf('tar', 'CVE-4', 'high', ['0', undefined]) },
      {
        pkg: deb('zlib1g', '1.2-1', { id: 4 }),
        candidates: rulesOf('zlib1g', 'CVE-5', 'low', ['0', '1.2-2']),
      },
    ];

    const upgrades = upgradesOf(installed, none, isHigh);

    expect(upgrades).toEqual([
      {
        name: 'openssl',
        type: 'deb',
        from: '3.0-1',
        to: '3.0-3',
        isOfSource: true,
        packageIds: [1, 2],
        clears: [1, 2].flatMap((packageId) =>
          ['CVE-1', 'CVE-2'].map((vulnerability) => ({ packageId, vulnerability, severity: 'high' })),
        ),
        leaves: [],
        brings: [],
      },
    ]);
    expect(brief(upgradesOf(installed, none, all))).toEqual([
      ['openssl', '3.0-1', '3.0-9'],
      ['zlib1g', '1.2-1', '1.2-2'],
    ]);
  });

  it('go past a version that has other issues', () => {
    const candidates = [
      ...rulesOf('curl', 'CVE-1', 'high', ['0', '8.0-1']),
      ...rulesOf('curl', 'CVE-2', 'high', ['7.9-1', '8.1-1']),
    ];
    const installed = [{ pkg: deb('curl', '7.8-1'), candidates }];

    expect(brief(upgradesOf(installed, none, all))).toEqual([['curl', '7.8-1', '8.1-1']]);
  });

  it('tell what is left, and stay where nothing is gained', () => {
    const open = rulesOf('curl', 'CVE-2', 'high', ['0', undefined]);
    const worse = rulesOf('curl', 'CVE-3', 'high', ['8.0-1', undefined]);
    const fixed = rulesOf('curl', 'CVE-1', 'high', ['0', '8.0-1']);
    const curl = deb('curl', '7.8-1');

    const [upgrade] = upgradesOf([{ pkg: curl, candidates: [...fixed, ...open] }], none, all);

    expect(upgrade).toMatchObject({
      clears: [{ vulnerability: 'CVE-1' }],
      leaves: [{ vulnerability: 'CVE-2' }],
    });
    expect(upgradesOf([{ pkg: curl, candidates: [...fixed, ...open, ...worse] }], none, all)).toEqual([]);
    expect(upgradesOf([{ pkg: curl, candidates: open }], none, all)).toEqual([]);
  });

  it('take packages of an application one by one', () => {
    const events = [{ introduced: '0' }, { fixed: '2.0.0' }];
    const record = advisory('GHSA-1', [{ ecosystem: 'npm', name: 'x', events }]);
    const candidates = compileAdvisory(record).rows.map((row) => ({ ...row, advisoryId: 'GHSA-1' }));
    const installed = [pkg({ id: 1, version: '1.0.0' }), pkg({ id: 2, version: '1.5.0' })].map((one) => ({
      pkg: one,
      candidates,
    }));

    expect(brief(upgradesOf(installed, none, all))).toEqual([
      ['x', '1.0.0', '2.0.0'],
      ['x', '1.5.0', '2.0.0'],
    ]);
  });
});

describe('the set of upgrades', () => {
  const version = integer({ min: 1, max: 6 });
  const range = tuple(integer({ min: 0, max: 5 }), integer({ min: 1, max: 3 }));
  const vulnerability = record({
    level: constantFrom<SeverityLevel[]>('high', 'low'),
    ranges: array(range, { minLength: 1, maxLength: 2 }),
    isOpen: constantFrom(true, false, false, false),
  });
  const source = record({
    installed: version,
    binaries: integer({ min: 1, max: 2 }),
    vulnerabilities: array(vulnerability, { maxLength: 4 }),
  });

  it('is what trying every set finds: fewest issues, then fewest upgrades, then lowest versions', () => {
    assert(
      property(
        array(source, { minLength: 1, maxLength: 3 }),
        constantFrom(isHigh, all),
        (sources, counts) => {
          const worlds = sources.map(({ installed, binaries, vulnerabilities }, number) => {
            const name = `s${number}`;
            const candidates = vulnerabilities.flatMap(({ level, ranges, isOpen }, index) => {
              const spans = ranges.map(([from, length], place): Range => {
                const end = isOpen && place === ranges.length - 1 ? undefined : `${from + length}-1`;
                return [from === 0 ? '0' : `${from}-1`, end];
              });
              return spans.flatMap((span) => rulesOf(name, `CVE-${number}-${index}`, level, span));
            });
            const packages = Array.from({ length: binaries }, (_, index) => ({
              pkg: deb(`${name}-${index}`, `${installed}-1`, { id: number * 10 + index, sourceName: name }),
              candidates,
            }));
            return { name, packages, candidates };
          });
          const expected = tryAll(worlds, counts);

          const upgrades = upgradesOf(
            worlds.flatMap(({ packages }) => packages),
            none,
            counts,
          );

          expect(Object.fromEntries(upgrades.map(({ name, to }) => [name, to]))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

type World = {
  readonly name: string;
  readonly packages: readonly { readonly pkg: PackageContext; readonly candidates: readonly Candidate[] }[];
  readonly candidates: readonly Candidate[];
};

/** The naive way: every version that any rule names as a fix, for every source, in every combination. */
function tryAll(worlds: readonly World[], counts: (finding: Finding) => boolean): Record<string, string> {
  const number = (text: string) => Number.parseInt(text, 10);
  type Choice = { readonly issues: number; readonly to: Record<string, string>; readonly height: number };
  let choices: Choice[] = [{ issues: 0, to: {}, height: 0 }];
  for (const { name, packages, candidates } of worlds) {
    const installed = number(packages[0]?.pkg.version ?? '');
    const fixes = candidates.flatMap(({ rule }) =>
      (rule.intervals ?? []).flatMap(({ fixed }) => fixed ?? []),
    );
    const higher = [...new Set(fixes)].filter((fix) => number(fix) > installed);
    const issuesAt = (fix: string | undefined) =>
      packages.reduce((sum, { pkg: found }) => {
        const at = fix === undefined ? found : { ...found, version: fix };
        return sum + findingsOf(at, evaluate(at, candidates), none).filter(counts).length;
      }, 0);
    choices = choices.flatMap((choice) =>
      [undefined, ...higher].map((fix) => ({
        issues: choice.issues + issuesAt(fix),
        to: fix === undefined ? choice.to : { ...choice.to, [name]: fix },
        height: choice.height + (fix === undefined ? 0 : number(fix)),
      })),
    );
  }
  const size = ({ to }: Choice) => Object.keys(to).length;
  const [best] = choices.toSorted((a, b) => a.issues - b.issues || size(a) - size(b) || a.height - b.height);
  return best?.to ?? {};
}
