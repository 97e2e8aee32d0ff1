export { affectedVersions } from './affected-versions.ts';
export { problemOf, type Problem } from './advisory-databases.ts';
export { aliasGroups, groupOf, type AliasGroup, type AliasRecord } from './alias-groups.ts';
export {
  compileAdvisory,
  compilerVersion,
  type AdvisoryFacts,
  type AffectedRow,
  type AffectedRule,
  type CompiledAdvisory,
} from './compile-advisory.ts';
export { distroOf } from './distro.ts';
export { isCovered } from './distributions.ts';
export { evaluate, type Candidate, type Verdict } from './evaluate.ts';
export {
  severitiesFrom,
  upgradesOf,
  upgradeUnit,
  type InstalledPackage,
  type PackageIssue,
  type Upgrade,
} from './fix-advice.ts';
export { lookupKeys, type LookupKey } from './lookup-keys.ts';
export {
  findingsOf,
  matchPackage,
  rulesVersion,
  vulnerabilitiesOf,
  type Finding,
  type FixState,
  type Knowledge,
} from './match-package.ts';
export { normalName } from './names.ts';
export type { PackageContext } from './package-context.ts';
export { priorityFactors, priorityFacts, priorityModel, priorityOf, type Exploitation } from './priority.ts';
export { purlName } from './vex/read-purl.ts';
export { purlNames, vexScope, type VexAbout, type VexScope } from './vex/vex-scope.ts';
export { isThirdParty } from './third-party.ts';
export { schemeOf, schemes, type Scheme } from './schemes/index.ts';
export { remedyOf } from './remedy.ts';
