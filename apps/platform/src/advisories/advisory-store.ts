import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { CompiledAdvisory } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** An advisory as it is stored. */
export type AdvisoryEntry = CompiledAdvisory & {
  readonly id: string;
  readonly ecosystem: string;
  readonly modified: string;
  readonly published?: string | undefined;
  readonly withdrawn?: string | undefined;
  /** The whole record, deflate-compressed JSON. */
  readonly document: Buffer;
};

/** When each of these advisories was last modified, as far as they are stored and have not vanished. */
export async function modifiedOf(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = await db
    .selectFrom('advisory')
    .select(['id', 'modified'])
    .where(sql<boolean>`id = any(${ids})`)
    .where('vanished_at', 'is', null)
    .execute();
  return new Map(rows.map(({ id, modified }) => [id, modified]));
}

/**
 * Stores advisories that are new or newer than what is stored, and replaces all their rules. Run it in a transaction.
 * @returns the ids that changed, and the keys of the rules they had or have.
 */
export async function putAdvisories(
  db: Kysely<Database>,
  entries: readonly AdvisoryEntry[],
): Promise<{ changed: ReadonlySet<string>; keys: [ecosystem: string, name: string][] }> {
  // In one order everywhere, so that two imports at the same time wait for each other instead of for both.
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { rows: written } = await sql<{ id: string; is_new: boolean }>`
    insert into advisory (id, ecosystem, modified, published, withdrawn, facts, document)
    select * from unnest(
      ${sorted.map(({ id }) => id)}::text[],
      ${sorted.map(({ ecosystem }) => ecosystem)}::text[],
      ${sorted.map(({ modified }) => modified)}::timestamptz[],
      ${sorted.map(({ published }) => published ?? null)}::timestamptz[],
      ${sorted.map(({ withdrawn }) => withdrawn ?? null)}::timestamptz[],
      ${sorted.map(({ facts }) => JSON.stringify(facts))}::jsonb[],
      ${sorted.map(({ document }) => document)}::bytea[]
    )
    on conflict (id) do update set
      ecosystem = excluded.ecosystem, modified = excluded.modified, published = excluded.published,
      withdrawn = excluded.withdrawn, facts = excluded.facts, document = excluded.document,
      vanished_at = null
    where excluded.modified > advisory.modified or advisory.vanished_at is not null
    returning id, xmax = 0 as is_new`.execute(db);
  const changed = new Set(written.map(({ id }) => id));
  // A row that was inserted just now (it has no xmax) has no rules yet.
  const replaced = written.flatMap((row) => (row.is_new ? [] : [row.id]));
  const removed = await removeRules(db, replaced);
  const rules = sorted.flatMap((entry) =>
    changed.has(entry.id) ? entry.rows.map((row) => ({ advisory_id: entry.id, ...row })) : [],
  );
  await sql`
    insert into affected (advisory_id, ecosystem, name, rule)
    select * from jsonb_to_recordset(${JSON.stringify(rules)}::jsonb)
      as row(advisory_id text, ecosystem text, name text, rule jsonb)`.execute(db);
  return { changed, keys: [...removed, ...rules.map(keyOf)] };
}

/**
 * Notes that a complete archive no longer holds these advisories, and drops their rules. Run it in a transaction.
 * @returns the keys of the rules they had.
 */
export async function noteVanished(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<[ecosystem: string, name: string][]> {
  await db
    .updateTable('advisory')
    .set({ vanished_at: sql<Date>`now()` })
    .where(sql<boolean>`id = any(${ids})`)
    .execute();
  return removeRules(db, ids);
}

/** The ids that an ecosystem's archive held when it was last read. */
export async function storedAdvisoryIds(db: Kysely<Database>, ecosystem: string): Promise<string[]> {
  const rows = await db
    .selectFrom('advisory')
    .select('id')
    .where('ecosystem', '=', ecosystem)
    .where('vanished_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Reads the whole records (OSV schema) of advisories, to show them; those that are not stored are left out. */
export async function readDocuments(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db
    .selectFrom('advisory')
    .select(['id', 'document'])
    .where(sql<boolean>`id = any(${ids})`)
    .execute();
  const documents = rows.map(async ({ id, document }): Promise<[string, unknown]> => {
    const text = await inflateAsync(document, { maxOutputLength: maxDocumentBytes });
    return [id, JSON.parse(text.toString('utf8'))];
  });
  return new Map(await Promise.all(documents));
}

const inflateAsync = promisify(inflate);
/** The importer takes no larger record. */
const maxDocumentBytes = 32 * 1024 * 1024;

async function removeRules(db: Kysely<Database>, ids: readonly string[]): Promise<[string, string][]> {
  if (ids.length === 0) return [];
  const rows = await db
    .deleteFrom('affected')
    .where(sql<boolean>`advisory_id = any(${ids})`)
    .returning(['ecosystem', 'name'])
    .execute();
  return rows.map(keyOf);
}

function keyOf({ ecosystem, name }: { ecosystem: string; name: string }): [string, string] {
  return [ecosystem, name];
}
