import type { VexStatement } from '@plimsoll/advisories';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ignoreInForce, vexInForce } from './verdict.ts';

/**
 * What an organization says about vulnerabilities: its ignores of the kind `not-vulnerable` that are in force at an
 * instant, and the statements of its own documents.
 */
export async function statementsOfOrg(
  db: Kysely<Database>,
  orgId: string,
  at: Date,
): Promise<VexStatement[]> {
  const { rows } = await sql<RuleRow>`
    select rule.vulnerability, rule.reason, rule.updated_at, rule.repository, rule.tag,
      array_agg(distinct case when rule.until_fixed then regexp_replace(package.purl, '[?#].*$', '')
        else purl_package(package.purl) end) as packages
    from ignore_rule as rule
    join ignored_vulnerability as id on id.rule_id = rule.id
    join finding on finding.vulnerability = id.vulnerability
    join package on package.id = finding.package_id
    where rule.org_id = ${orgId} and rule.kind = 'not-vulnerable' and (rule.expires_at is null or rule.expires_at > ${at})
      and (rule.package is null or rule.package = purl_package(package.purl))
      and not (rule.until_fixed and finding.fixed_in is not null)
      and exists (select from image where image.org_id = ${orgId} and image.package_ids @> array[package.id])
    group by rule.id order by rule.created_at, rule.id`.execute(db);
  const ignored = rows.map(({ repository, tag, packages, ...rule }) => ({
    ...statementOfRule(rule),
    products: packages.map((component) =>
      repository === null ? { product: component } : { product: imagePurl({ repository, tag }), component },
    ),
  }));
  const { rows: said } = await sql<StatementRow>`
    select statement.* from vex_statement as statement join vex_document on vex_document.id = statement.document
    where vex_document.org_id = ${orgId} order by statement.id`.execute(db);
  return [...ignored, ...said.map(statementOfRow)];
}

/** What is said about the issues of one project, as `statementsOfOrg`; of ignores, about the image that it shows now. */
export async function statementsOfProject(
  db: Kysely<Database>,
  projectId: string,
  at: Date,
): Promise<VexStatement[]> {
  const issues = sql`
    project join image on image.id = project.image_id
    cross join lateral unnest(image.package_ids) as held(package_id)
    join finding on finding.package_id = held.package_id
    join package on package.id = finding.package_id`;
  const { rows } = await sql<
    Omit<RuleRow, 'packages' | 'repository'> & { repository: string; purl: string; digest: string }
  >`
    select finding.vulnerability, known.reason, known.updated_at, project.repository, project.tag, package.purl,
      coalesce(project.digest, image.digest) as digest
    from ${issues} join ${ignoreInForce(at)} as rule on true join ignore_rule as known on known.id = rule.id
    where project.id = ${projectId} and known.kind = 'not-vulnerable'
    order by finding.vulnerability, package.purl`.execute(db);
  const { rows: said } = await sql<StatementRow>`
    select distinct statement.* from ${issues} join ${vexInForce()} as vex on true
    join vex_statement as statement on statement.id = vex.statement
    join vex_document on vex_document.id = statement.document
    where project.id = ${projectId} and vex_document.org_id = project.org_id
    order by statement.id`.execute(db);
  const ignored = rows.map(({ repository, tag, purl, digest, ...rule }) => ({
    ...statementOfRule(rule),
    products: [{ product: imagePurl({ repository, tag, digest }), component: purl }],
  }));
  return [...ignored, ...said.map(statementOfRow)];
}

type RuleRow = {
  vulnerability: string;
  reason: string;
  updated_at: Date;
  repository: string | null;
  tag: string | null;
  packages: string[];
};

type StatementRow = {
  vulnerability: string;
  aliases: string[];
  product: string;
  component: string | null;
  version_range: string | null;
  status: string;
  justification: string | null;
  impact: string | null;
  action: string | null;
  stated_at: Date | null;
};

function statementOfRule(rule: Pick<RuleRow, 'vulnerability' | 'reason' | 'updated_at'>) {
  return {
    vulnerability: rule.vulnerability,
    aliases: [],
    status: 'not_affected' as const,
    ...(rule.reason !== '' && { impact: rule.reason }),
    statedAt: rule.updated_at.toISOString(),
  };
}

function statementOfRow(row: StatementRow): VexStatement {
  return {
    vulnerability: row.vulnerability,
    aliases: row.aliases,
    products: [
      {
        product: row.product,
        ...(row.component !== null && { component: row.component }),
        ...(row.version_range !== null && { versions: row.version_range }),
      },
    ],
    // Written by us from this type.
    status: row.status as VexStatement['status'],
    ...(row.justification !== null && { justification: row.justification }),
    ...(row.impact !== null && { impact: row.impact }),
    ...(row.action !== null && { action: row.action }),
    ...(row.stated_at !== null && { statedAt: row.stated_at.toISOString() }),
  };
}

/**
 * Names an image. The platform does not know the address of its registry, so that `repository_url` is the path alone; a
 * path that begins like an address gets one before it.
 */
function imagePurl(image: {
  readonly repository: string;
  readonly tag: string | null;
  readonly digest?: string;
}): string {
  const { repository, tag, digest } = image;
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const looksLikeHost = /^[^/]*[.:][^/]*\/|^localhost\//.test(repository);
  const url = looksLikeHost ? `localhost/${repository}` : repository;
  const version = digest === undefined ? '' : `@${encodeURIComponent(digest)}`;
  const tagged = tag === null ? '' : `&tag=${encodeURIComponent(tag)}`;
  return `pkg:oci/${encodeURIComponent(name)}${version}?repository_url=${encodeURIComponent(url)}${tagged}`;
}
