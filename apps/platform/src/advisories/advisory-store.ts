import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { compilerVersion, type CompiledAdvisory } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** An advisory as it is stored. */
export type AdvisoryEntry = CompiledAdvisory & {
  readonly id: string;
  readonly modified: string;
  readonly published?: string | undefined;
  readonly withdrawn?: string | undefined;
  /** The whole record, deflate-compressed JSON. */
  readonly document: Buffer;
};

/** The source that advisories come from. */
export type AdvisorySource = {
  /** The dump's folder, or the file's name. */
  readonly ecosystem: string;
  /** A dump decides about the packages of its own ecosystem, any other source about all. */
  readonly isDump: boolean;
};

/** When each of these advisories of a source was last modified, as far as they are stored by the rules in force. */
export async function modifiedOf(
  db: Kysely<Database>,
  ecosystem: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = await db
    .selectFrom('advisory_dump')
    .select(['advisory_id', 'modified'])
    .where('ecosystem', '=', ecosystem)
    .where('compiled', '=', compilerVersion)
    .where(sql<boolean>`advisory_id = any(${ids})`)
    .execute();
  return new Map(rows.map(({ advisory_id, modified }) => [advisory_id, modified]));
}

/** Those of these versions of advisories of a source that are not stored. */
export async function unknownOf(
  db: Kysely<Database>,
  ecosystem: string,
  records: readonly { readonly id: string; readonly modified: string }[],
): Promise<string[]> {
  const stored = await modifiedOf(
    db,
    ecosystem,
    records.map(({ id }) => id),
  );
  return records.flatMap(({ id, modified }) => {
    const known = stored.get(id);
    return known && known >= new Date(modified) ? [] : [id];
  });
}

/**
 * Stores advisories of a source that are new or newer than what is stored, and replaces their rules about what the
 * source decides about. Run it in a transaction.
 * @returns the ids that changed, and the keys of the rules they had or have.
 */
export async function putAdvisories(
  db: Kysely<Database>,
  source: AdvisorySource,
  entries: readonly AdvisoryEntry[],
): Promise<{ changed: ReadonlySet<string>; keys: [ecosystem: string, name: string][] }> {
  // In one order everywhere, so that two imports at the same time wait for each other instead of for both.
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { rows: written } = await sql<{ id: string; is_new: boolean }>`
    insert into advisory (id, ecosystem, modified, published, withdrawn, facts, document)
    select id, ${source.ecosystem}, modified, published, withdrawn, facts, document from unnest(
      ${sorted.map(({ id }) => id)}::text[],
      ${sorted.map(({ modified }) => modified)}::timestamptz[],
      ${sorted.map(({ published }) => published ?? null)}::timestamptz[],
      ${sorted.map(({ withdrawn }) => withdrawn ?? null)}::timestamptz[],
      ${sorted.map(({ facts }) => JSON.stringify(facts))}::jsonb[],
      ${sorted.map(({ document }) => document)}::bytea[]
    ) as new(id, modified, published, withdrawn, facts, document)
    on conflict (id) do update set
      modified = excluded.modified, published = excluded.published, withdrawn = excluded.withdrawn,
      facts = excluded.facts, document = excluded.document, vanished_at = null
    where excluded.modified >= advisory.modified or advisory.vanished_at is not null
    returning id, xmax = 0 as is_new`.execute(db);
  // A row that was inserted just now (it has no xmax) has no rules yet.
  const isNew = new Set(written.flatMap((row) => (row.is_new ? [row.id] : [])));
  const changed = await noteSource(db, source, sorted, isNew);
  const removed = await removeRules(
    db,
    [...changed].filter((id) => !isNew.has(id)),
    source,
  );
  const rules = sorted.flatMap((entry) =>
    changed.has(entry.id) ? entry.rows.map((row) => ({ advisory_id: entry.id, ...row })) : [],
  );
  await sql`
    insert into affected (advisory_id, ecosystem, name, rule)
    select * from jsonb_to_recordset(${JSON.stringify(rules)}::jsonb)
      as row(advisory_id text, ecosystem text, name text, rule jsonb)`.execute(db);
  return { changed, keys: [...removed, ...rules.map(keyOf)] };
}

/** Notes who said what. @returns the ids about which this source says something newer than all before it. */
async function noteSource(
  db: Kysely<Database>,
  { ecosystem, isDump }: AdvisorySource,
  entries: readonly AdvisoryEntry[],
  isNew: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ advisory_id: string }>`
    insert into advisory_dump (ecosystem, advisory_id, modified, compiled, is_general)
    select ${ecosystem}, id, modified, ${compilerVersion}, ${!isDump} from unnest(
      ${entries.map(({ id }) => id)}::text[],
      ${entries.map(({ modified }) => modified)}::timestamptz[]
    ) as new(id, modified)
    on conflict (ecosystem, advisory_id) do update set
      modified = excluded.modified, compiled = excluded.compiled, is_general = excluded.is_general
    where excluded.modified > advisory_dump.modified or excluded.compiled <> advisory_dump.compiled
    returning advisory_id`.execute(db);
  const changed = new Set(rows.map((row) => row.advisory_id));
  const doubtful = [...changed].filter((id) => !isNew.has(id));
  if (doubtful.length === 0) return changed;
  // A dump does not undo what a newer general source says, nor that what any newer source says.
  const { rows: outdated } = await sql<{ advisory_id: string }>`
    select distinct own.advisory_id from advisory_dump as own
    join advisory_dump as other on other.advisory_id = own.advisory_id and other.ecosystem <> own.ecosystem
    where own.ecosystem = ${ecosystem} and own.advisory_id = any(${doubtful})
      and other.modified > own.modified and (other.is_general or own.is_general)`.execute(db);
  for (const row of outdated) changed.delete(row.advisory_id);
  return changed;
}

/**
 * Notes that a complete archive no longer holds these advisories, and drops their rules about its ecosystem. Run it in
 * a transaction. @returns the keys of the rules they had.
 */
export async function noteVanished(
  db: Kysely<Database>,
  ecosystem: string,
  ids: readonly string[],
): Promise<[ecosystem: string, name: string][]> {
  await db
    .deleteFrom('advisory_dump')
    .where('ecosystem', '=', ecosystem)
    .where(sql<boolean>`advisory_id = any(${ids})`)
    .execute();
  const { rows: left } = await sql<{ id: string }>`
    update advisory set vanished_at = now() where id = any(${ids})
      and not exists (select from advisory_dump where advisory_id = advisory.id)
    returning id`.execute(db);
  const gone = new Set(left.map(({ id }) => id));
  return [
    ...(await removeRules(db, [...gone], { ecosystem, isDump: false })),
    ...(await removeRules(
      db,
      ids.filter((id) => !gone.has(id)),
      { ecosystem, isDump: true },
    )),
  ];
}

/** The ids that an ecosystem's archive held when it was last read. */
export async function storedAdvisoryIds(db: Kysely<Database>, ecosystem: string): Promise<string[]> {
  const rows = await db
    .selectFrom('advisory_dump')
    .select('advisory_id')
    .where('ecosystem', '=', ecosystem)
    .execute();
  return rows.map((row) => row.advisory_id);
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

/** Drops the rules of advisories that a source decides about. @returns their keys. */
async function removeRules(
  db: Kysely<Database>,
  ids: readonly string[],
  { ecosystem, isDump }: AdvisorySource,
): Promise<[string, string][]> {
  if (ids.length === 0) return [];
  let removal = db.deleteFrom('affected').where(sql<boolean>`advisory_id = any(${ids})`);
  if (isDump) removal = removal.where(sql<boolean>`split_part(ecosystem, ':', 1) = ${ecosystem}`);
  const rows = await removal.returning(['ecosystem', 'name']).execute();
  return rows.map(keyOf);
}

function keyOf({ ecosystem, name }: { ecosystem: string; name: string }): [string, string] {
  return [ecosystem, name];
}
