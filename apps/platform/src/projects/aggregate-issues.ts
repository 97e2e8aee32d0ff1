import type { Issue, V1AggregatedIssue, V1AggregatedIssuesRequest } from '@plimsoll/contracts';

/** Where the paths of an issue are. */
export type PathsLink = (vulnerability: string) => string;

/**
 * Puts the issues of a project together as the older API has them: one per vulnerability and package, with all versions
 * of the package. The order is that of the first of each.
 */
export function aggregateIssues(
  issues: readonly Issue[],
  options: V1AggregatedIssuesRequest,
  pathsOf: PathsLink,
): V1AggregatedIssue[] {
  const wanted = issues.filter((issue) => isWanted(issue, options.filters));
  const groups = Map.groupBy(
    wanted,
    (issue) => `${issue.attributes.key}\n${dependencyOf(issue).package_name}`,
  );
  return [...groups.values()].map((group) => aggregate(group, options, pathsOf));
}

function isWanted(
  { attributes }: Issue,
  { severities, exploitMaturity, types, ignored, patched, priority }: V1AggregatedIssuesRequest['filters'],
): boolean {
  const { min = 0, max = Infinity } = priority?.score ?? {};
  const score = attributes.risk.score.value;
  return (
    (severities?.includes(attributes.effective_severity_level) ?? true) &&
    (exploitMaturity?.includes(maturityOf(attributes)) ?? true) &&
    (types?.includes('vuln') ?? true) &&
    (ignored ?? attributes.ignored) === attributes.ignored &&
    // Nothing here is ever patched in place.
    patched !== true &&
    score >= min &&
    score <= max
  );
}

function aggregate(
  group: readonly Issue[],
  options: V1AggregatedIssuesRequest,
  pathsOf: PathsLink,
): V1AggregatedIssue {
  const [first] = group;
  if (!first) throw new Error('a group has a member');
  const { attributes } = first;
  const { key, effective_severity_level: severity } = attributes;
  const fixes = [
    ...new Set(group.flatMap(({ attributes: { coordinates } }) => coordinates[0]?.fixed_in ?? [])),
  ];
  const fixable = group.filter(({ attributes: { coordinates } }) => coordinates[0]?.is_fixable_upstream);
  const rating = attributes.severities.find(({ vector }) => vector?.startsWith('CVSS:3'));
  return {
    id: key,
    issueType: 'vuln',
    pkgName: dependencyOf(first).package_name,
    pkgVersions: [...new Set(group.map((issue) => dependencyOf(issue).package_version))],
    issueData: {
      id: key,
      title: attributes.title,
      severity,
      originalSeverity: severity,
      url: attributes.problems.find(({ url }) => url !== undefined)?.url ?? '',
      ...(options.includeDescription &&
        attributes.description !== undefined && { description: attributes.description }),
      identifiers: identifiersOf(attributes),
      credit: [],
      exploitMaturity: maturityOf(attributes),
      semver: { vulnerable: [] },
      ...(attributes.published_at !== undefined && { publicationTime: attributes.published_at }),
      ...(rating?.vector !== undefined && { CVSSv3: rating.vector }),
      ...(rating?.score !== undefined && { cvssScore: rating.score }),
      patches: [],
      ...(fixes[0] !== undefined && { nearestFixedInVersion: fixes[0] }),
      isMaliciousPackage: false,
    },
    ...(options.includeIntroducedThrough && { introducedThrough: group.flatMap(layerOf) }),
    isPatched: false,
    isIgnored: group.every((issue) => issue.attributes.ignored),
    ...ignoreReasonsOf(group),
    fixInfo: {
      isUpgradable: fixable.length > 0,
      isPinnable: false,
      isPatchable: false,
      isFixable: fixable.length === group.length,
      isPartiallyFixable: fixable.length > 0,
      ...(fixes[0] !== undefined && { nearestFixedInVersion: fixes[0] }),
      fixedIn: fixes,
    },
    priority: {
      score: Math.max(...group.map((issue) => issue.attributes.risk.score.value)),
      factors: attributes.risk.factors.map(({ name, value }) => ({
        name,
        description: `${name}: ${Math.round(value * 100)} %`,
      })),
    },
    links: { paths: pathsOf(key) },
  };
}

function dependencyOf({ attributes }: Issue) {
  const dependency = attributes.coordinates[0]?.representations[0]?.dependency;
  if (!dependency) throw new Error('an issue has a package');
  return dependency;
}

/** The older API's words for what is known of exploits. */
function maturityOf({ known_exploited: exploited }: Issue['attributes']): string {
  return exploited ? 'mature' : 'no-data';
}

function identifiersOf({ problems, classes }: Issue['attributes']): Record<string, string[]> {
  const kinds = Map.groupBy(
    [...problems.map(({ id }) => id), ...classes.map(({ id }) => id)],
    (id) => /^[A-Za-z]+/.exec(id)?.[0].toUpperCase() ?? 'OTHER',
  );
  return Object.fromEntries(kinds);
}

function layerOf({ attributes }: Issue): NonNullable<V1AggregatedIssue['introducedThrough']> {
  const layer = attributes.coordinates[0]?.introduced_by;
  if (!layer) return [];
  return [
    {
      kind: 'imageLayer',
      data: {
        index: layer.layer_index,
        ...(layer.instruction !== undefined && { instruction: layer.instruction }),
        ...(layer.in_base_image !== undefined && { inBaseImage: layer.in_base_image }),
      },
    },
  ];
}

function ignoreReasonsOf(group: readonly Issue[]) {
  const ignores = group.flatMap(({ attributes }) => attributes.ignore ?? []);
  if (ignores.length === 0) return {};
  const byPolicy = new Map(ignores.map((ignore) => [ignore.policy_id, ignore]));
  return {
    ignoreReasons: [...byPolicy.values()].map(({ reason, expires }) => ({
      reason,
      ...(expires !== undefined && { expires }),
      source: 'api' as const,
    })),
  };
}
