import type { IgnoreKind } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import type { Principal } from '../organizations/principal.ts';

/** Where a rule holds: an image by its names, a repository, or the whole organization. */
export type IgnorePlace = {
  readonly integrationId: string;
  readonly repository: string;
  readonly tag?: string | undefined;
};

export type NewIgnore = {
  readonly orgId: string;
  /** Any id of it. */
  readonly vulnerability: string;
  /** A purl without version; whatever package has the vulnerability when absent. */
  readonly package?: string | undefined;
  readonly place?: IgnorePlace | undefined;
  readonly kind: IgnoreKind;
  readonly reason: string;
  readonly expiresAt: Date | null;
  readonly untilFixed: boolean;
  readonly by: Pick<Principal, 'id' | 'name' | 'email'>;
};

export type IgnoreRow = Awaited<ReturnType<typeof findIgnore>> & object;

/** Holds those who write counters by older rules apart from those who change rules; the number is ours alone. */
const rulesLock = 7_340_005;

/** To be called first in a transaction that changes rules: whoever counted by the old ones has written what he counted. */
export async function awaitCounters(transaction: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(rulesLock)})`.execute(transaction);
}

/** To be called first in a transaction that counts issues: the rules stay as they are until it ends. */
export async function holdRules(transaction: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${sql.lit(rulesLock)})`.execute(transaction);
}

/** Stores a rule. Run it in a transaction. @returns its id. */
export async function addIgnore(db: Kysely<Database>, rule: NewIgnore): Promise<string> {
  const { id } = await db
    .insertInto('ignore_rule')
    .values({
      org_id: rule.orgId,
      vulnerability: rule.vulnerability,
      package: rule.package ?? null,
      integration_id: rule.place?.integrationId ?? null,
      repository: rule.place?.repository ?? null,
      tag: rule.place?.tag ?? null,
      kind: rule.kind,
      reason: rule.reason,
      expires_at: rule.expiresAt,
      until_fixed: rule.untilFixed,
      created_by_id: rule.by.id,
      created_by_name: rule.by.name,
      created_by_email: rule.by.email ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await putIds(db, [id]);
  return id;
}

/** Changes what is given. @returns whether there is such a rule. */
export async function changeIgnore(
  db: Kysely<Database>,
  orgId: string,
  id: string,
  change: {
    readonly kind?: IgnoreKind | undefined;
    readonly reason?: string | undefined;
    readonly expires_at?: Date | null | undefined;
    readonly until_fixed?: boolean | undefined;
  },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('ignore_rule')
    .set({
      ...(change.kind !== undefined && { kind: change.kind }),
      ...(change.reason !== undefined && { reason: change.reason }),
      ...(change.expires_at !== undefined && { expires_at: change.expires_at }),
      ...(change.until_fixed !== undefined && { until_fixed: change.until_fixed }),
      updated_at: sql<Date>`now()`,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Removes rules. */
export async function removeIgnores(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  await db
    .deleteFrom('ignore_rule')
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
}

/** One rule of an organization. */
export async function findIgnore(db: Kysely<Database>, orgId: string, id: string) {
  return await rules(db, orgId).where('ignore_rule.id', '=', id).executeTakeFirst();
}

/** A page of an organization's rules, the oldest first. */
export async function listIgnores(
  db: Kysely<Database>,
  orgId: string,
  vulnerabilities: readonly string[] | undefined,
  position: PagePosition,
  limit: number,
): Promise<Slice<IgnoreRow>> {
  let query = rules(db, orgId);
  if (vulnerabilities) {
    query = query.where(sql<boolean>`ignore_rule.id in (
      select rule_id from ignored_vulnerability
      where org_id = ${orgId} and vulnerability = any(${vulnerabilities}::text[]))`);
  }
  const createdAt = sql`date_trunc('milliseconds', ignore_rule.created_at)`;
  return await readSlice(query, [createdAt, 'ignore_rule.id'], position, limit);
}

/** The rules that hold for one image alone, the oldest first; of one vulnerability, and one package, when given. */
export async function ignoresOfImage(
  db: Kysely<Database>,
  orgId: string,
  place: IgnorePlace,
  about?: { readonly vulnerability: string; readonly package?: string | undefined },
): Promise<IgnoreRow[]> {
  let query = rules(db, orgId)
    .where('ignore_rule.integration_id', '=', place.integrationId)
    .where('ignore_rule.repository', '=', place.repository)
    .where(sql<boolean>`ignore_rule.tag is not distinct from ${place.tag ?? null}`);
  if (about) {
    query = query
      .where(sql<boolean>`exists (
        select from ignored_vulnerability
        where rule_id = ignore_rule.id and vulnerability = ${about.vulnerability})`)
      .where(sql<boolean>`ignore_rule.package is not distinct from ${about.package ?? null}`);
  }
  return await query.orderBy('ignore_rule.created_at').orderBy('ignore_rule.id').execute();
}

/** Rules by their ids. */
export async function readIgnores(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, IgnoreRow>> {
  if (ids.length === 0) return new Map();
  const rows = await rules(db)
    .where(sql<boolean>`ignore_rule.id = any(${ids}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Brings the ids of rules up to date that name one of these vulnerabilities, which are grouped with others than before.
 * Run it in the transaction that grouped them.
 */
export async function regroupIgnores(
  db: Kysely<Database>,
  vulnerabilities: readonly string[],
): Promise<void> {
  const { rows } = await sql<{ rule_id: string }>`
    delete from ignored_vulnerability where rule_id in (
      select rule_id from ignored_vulnerability where vulnerability = any(${vulnerabilities}::text[])
    ) returning rule_id`.execute(db);
  if (rows.length > 0) await putIds(db, [...new Set(rows.map((row) => row.rule_id))]);
}

/** Notes every id of the vulnerabilities that these rules name. */
async function putIds(db: Kysely<Database>, ruleIds: readonly string[]): Promise<void> {
  await sql`
    insert into ignored_vulnerability (org_id, vulnerability, rule_id)
    select org_id, vulnerability, id from ignore_rule where id = any(${ruleIds}::uuid[])
    union
    select rule.org_id, member.id, rule.id from ignore_rule as rule
    join alias as own on own.id = rule.vulnerability
    join alias as member on member.group_id = own.group_id
    where rule.id = any(${ruleIds}::uuid[])
    on conflict do nothing`.execute(db);
}

function rules(db: Kysely<Database>, orgId?: string) {
  const query = db
    .selectFrom('ignore_rule')
    .leftJoin('target', (join) =>
      join
        .onRef('target.integration_id', '=', 'ignore_rule.integration_id')
        .onRef('target.name', '=', 'ignore_rule.repository'),
    )
    .leftJoin('project', (join) =>
      join.onRef('project.target_id', '=', 'target.id').onRef('project.tag', '=', 'ignore_rule.tag'),
    )
    .selectAll('ignore_rule')
    .select(['target.id as target_id', 'project.id as project_id']);
  return orgId === undefined ? query : query.where('ignore_rule.org_id', '=', orgId);
}
