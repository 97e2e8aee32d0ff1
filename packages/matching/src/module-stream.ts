import type { AdvisoryPackage } from '@plimsoll/contracts';
import type { AffectedRule } from './compile-advisory.ts';
import type { PackageContext } from './package-context.ts';

/**
 * The module stream that an entry of an rpm distribution is about: `nodejs:16`, the module's name alone when the
 * summary tells no stream, empty when it tells nothing; undefined for packages of no module.
 */
export function moduleOf({ ranges }: AdvisoryPackage, summary: string | undefined): string | undefined {
  const isModular = ranges.some(({ events }) =>
    events.some((event) => 'fixed' in event && isOfModule(event.fixed)),
  );
  if (!isModular) return undefined;
  // `Important: nodejs:16 security update`, `new module: php:7.4`.
  return /^(?:[\w ]+: )?([\w.+-]+(?::[\w.+-]+)?)(?: |$)/.exec(summary ?? '')?.[1] ?? '';
}

/**
 * Whether a rule speaks about the module stream of a package: surely, perhaps (the rule does not tell its stream, or
 * the package none, and their major versions are equal) or not. A modular rule is never about a package of no module,
 * and a rule with an ordinary fix never about one of a module.
 */
export function streamMatch(pkg: PackageContext, rule: AffectedRule): 'sure' | 'perhaps' | 'none' {
  if (pkg.type !== 'rpm') return 'sure';
  const isModular = pkg.modularity !== '' || isOfModule(pkg.version);
  const fixes = (rule.intervals ?? []).flatMap(({ fixed }) => fixed ?? []);
  if (rule.module === undefined) return isModular && fixes.length > 0 ? 'none' : 'sure';
  if (!isModular) return 'none';
  const [name = '', stream] = pkg.modularity.split(':');
  const [ruleName = '', ruleStream] = rule.module.split(':');
  if (name && ruleStream !== undefined) return name === ruleName && stream === ruleStream ? 'sure' : 'none';
  const isOtherModule = name !== '' && name !== ruleName;
  const isSameMajor = fixes.some((fixed) => majorOf(fixed) === majorOf(pkg.version));
  return !isOtherModule && isSameMajor ? 'perhaps' : 'none';
}

/** Builds of a module say so in their release: `16.20.2-2.module_el8.8.0+3614+204d6f43`. */
function isOfModule(version: string): boolean {
  return version.includes('.module');
}

function majorOf(version: string): string | undefined {
  return /^(?:\d+:)?(\d+)/.exec(version)?.[1];
}
