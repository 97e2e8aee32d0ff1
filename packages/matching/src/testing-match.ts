import type { Advisory, AdvisoryEvent } from '@plimsoll/contracts';
import { aliasGroups } from './alias-groups.ts';
import { compileAdvisory } from './compile-advisory.ts';
import { matchPackage, type Finding } from './match-package.ts';
import type { PackageContext } from './package-context.ts';

/** Affected up to, but without, a version. */
export const fixedAt = (fixed: string): AdvisoryEvent[] => [{ introduced: '0' }, { fixed }];
/** Every version is affected. */
export const open: AdvisoryEvent[] = [{ introduced: '0' }];

/** An advisory with what a test cares about. */
export function advisory(
  id: string,
  affected: {
    ecosystem: string;
    name: string;
    events?: AdvisoryEvent[];
    versions?: string[];
    urgency?: string;
    module?: string;
    binaries?: Record<string, string>;
  }[],
  rest: Partial<Advisory> = {},
): Advisory {
  return {
    id,
    modified: '2026-01-01T00:00:00.000Z',
    aliases: [],
    upstream: [],
    related: [],
    severity: [],
    cwes: [],
    affected: affected.map(({ events, versions = [], ...entry }) => ({
      ranges: events ? [{ type: 'ECOSYSTEM', events }] : [],
      versions,
      severity: [],
      ...entry,
    })),
    ...rest,
  };
}

/** An npm package, but for what is given. */
export function pkg(given: Partial<PackageContext>): PackageContext {
  const none = { arch: '', sourceName: '', sourceVersion: '', modularity: '', distro: '', owned: false };
  return { id: 1, purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1.0.0', ...none, ...given };
}

/** A package of Debian 12. */
export const deb = (name: string, version: string, rest: Partial<PackageContext> = {}) =>
  pkg({ type: 'deb', name, version, distro: 'debian:12', ...rest });

/** Matches a package with advisories, and nothing else known. */
export function match(installed: PackageContext, ...advisories: Advisory[]): Finding[] {
  const compiled = advisories.map((advisory) => ({ id: advisory.id, ...compileAdvisory(advisory) }));
  const groups = aliasGroups(compiled.filter(({ aliases }) => aliases.length > 0));
  return matchPackage(
    installed,
    compiled.flatMap(({ id, rows }) => rows.map((row) => ({ ...row, advisoryId: id }))),
    {
      groups: new Map(groups.flatMap((group) => group.ids.map((id) => [id, group] as const))),
      facts: new Map(compiled.map(({ id, facts }) => [id, facts])),
    },
  );
}

/** Vulnerability, state of the fix, and fixed version. */
export const brief = (findings: Finding[]) =>
  findings.map(({ vulnerability, fixState, fixedIn }) => [vulnerability, fixState, fixedIn]);
