import type { AdvisoryFacts, Candidate } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Reads all rules about these keys, in one query; only those of some advisories when they are named. */
export async function readCandidates(
  db: Kysely<Database>,
  keys: readonly { readonly ecosystem: string; readonly name: string }[],
  advisoryIds?: readonly string[],
): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select affected.advisory_id as "advisoryId", affected.ecosystem, affected.name, affected.rule
    from unnest(
      ${keys.map(({ ecosystem }) => ecosystem)}::text[],
      ${keys.map(({ name }) => name)}::text[]
    ) as key(ecosystem, name)
    join affected on affected.ecosystem = key.ecosystem and affected.name = key.name
    ${advisoryIds ? sql`where affected.advisory_id = any(${advisoryIds})` : sql``}
    order by affected.advisory_id, affected.id`.execute(db);
  return rows;
}

/** Reads the facts of advisories; ids that are not stored are left out. */
export async function readFacts(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AdvisoryFacts>> {
  const { rows } = await sql<{ id: string; facts: AdvisoryFacts }>`
    select id, facts from advisory
    where id = any(${ids}) and withdrawn is null and vanished_at is null`.execute(db);
  return new Map(rows.map(({ id, facts }) => [id, facts]));
}
