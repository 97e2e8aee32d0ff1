import { type FixAdvice, type SeverityLevel } from '@plimsoll/contracts';
import { severitiesFrom, type Upgrade } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { baseImages } from '../inventories/index.ts';
import { ignoreInForce, vexInForce } from '../triage/verdict.ts';
import type { ProjectsDeps } from './projects-deps.ts';

type Advice = Pick<FixAdvice['attributes'], 'upgrades' | 'issues'>;

/**
 * Advises upgrades of the packages in the image that a project shows, for issues of a severity and worse ones. What is
 * ignored there, or said not to affect, is no reason to upgrade.
 */
export async function upgradeAdvice(
  db: Kysely<Database>,
  adviseUpgrades: ProjectsDeps['adviseUpgrades'],
  { projectId, imageId }: { readonly projectId: string; readonly imageId: number },
  severity: SeverityLevel,
  at: Date,
): Promise<Advice> {
  const levels = new Set<string>(severitiesFrom(severity));
  const found = await issuesOf(db, projectId, [...levels], at);
  const issues = found.filter((one) => !one.is_settled);
  const settled = new Set(
    found.filter((one) => one.is_settled).map(({ name, vulnerability }) => `${name} ${vulnerability}`),
  );
  const troubled = new Set(issues.filter((one) => one.fixed_in !== null).map((one) => one.package_id));
  const packages = await packagesOf(db, imageId);
  const upgrades = await adviseUpgrades(
    packages.map(({ id }) => id),
    troubled,
    (finding, { name }) =>
      levels.has(finding.severity) &&
      finding.hiddenReason === undefined &&
      !settled.has(`${name} ${finding.vulnerability}`),
  );
  const baseLayers = (await baseImages(db, [imageId])).get(imageId)?.layers;
  const byId = new Map(packages.map((one) => [one.id, one]));
  const gained = upgrades.reduce((sum, { clears, brings }) => sum + clears.length - brings.length, 0);
  return {
    upgrades: upgrades.map((upgrade) =>
      resourceOf(
        upgrade,
        upgrade.packageIds.flatMap((id) => byId.get(id) ?? []),
        baseLayers,
      ),
    ),
    issues: { now: issues.length, after: issues.length - gained },
  };
}

type HeldPackage = Awaited<ReturnType<typeof packagesOf>>[number];

function resourceOf(
  upgrade: Upgrade,
  packages: readonly HeldPackage[],
  baseLayers: number | undefined,
): Advice['upgrades'][number] {
  const { name, type, from, to, isOfSource, clears, leaves, brings } = upgrade;
  const [lowest] = packages
    .filter(({ layer }) => layer !== null && layer >= 0)
    .toSorted((a, b) => (a.layer ?? 0) - (b.layer ?? 0));
  return {
    name,
    type,
    from,
    to,
    is_source_version: isOfSource,
    packages: packages.map((one) => ({ name: one.name, version: one.version, purl: one.purl })),
    ...(lowest && {
      introduced_by: {
        layer_index: lowest.layer ?? 0,
        ...(lowest.instruction && { instruction: lowest.instruction }),
        ...(baseLayers !== undefined && { in_base_image: (lowest.layer ?? 0) < baseLayers }),
      },
    }),
    clears: distinct(clears),
    leaves: distinct(leaves),
    brings: distinct(brings),
  };
}

/** Each vulnerability once, though several packages of a source have it. */
function distinct(issues: Upgrade['clears']): { key: string; severity: SeverityLevel }[] {
  const byKey = new Map(issues.map(({ vulnerability, severity }) => [vulnerability, severity]));
  return [...byKey].map(([key, severity]) => ({ key, severity }));
}

async function issuesOf(db: Kysely<Database>, projectId: string, levels: readonly string[], at: Date) {
  const { rows } = await sql<{
    package_id: number;
    name: string;
    vulnerability: string;
    fixed_in: string | null;
    is_settled: boolean;
  }>`
    select finding.package_id, package.name, finding.vulnerability, finding.fixed_in,
      rule.id is not null or coalesce(vex.is_suppressing, false) as is_settled
    from project
    join image on image.id = project.image_id
    cross join lateral unnest(image.package_ids) as held(package_id)
    join finding on finding.package_id = held.package_id
    join package on package.id = finding.package_id
    left join ${ignoreInForce(at)} as rule on true
    left join ${vexInForce()} as vex on true
    where project.id = ${projectId} and finding.hidden_reason is null
      and finding.severity = any(${levels}::text[])`.execute(db);
  return rows;
}

async function packagesOf(db: Kysely<Database>, imageId: number) {
  const { rows } = await sql<{
    id: number;
    name: string;
    version: string;
    purl: string;
    layer: number | null;
    instruction: string | null;
  }>`
    select package.id, package.name, package.version, package.purl, held.layer,
      image.layer_instructions[held.layer + 1] as instruction
    from image, unnest(image.package_ids, image.package_layers) as held(package_id, layer)
    join package on package.id = held.package_id
    where image.id = ${imageId}
    order by package.name, package.version, package.id`.execute(db);
  return rows;
}
