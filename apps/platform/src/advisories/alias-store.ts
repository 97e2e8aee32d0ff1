import { aliasGroups, groupOf, type AliasGroup, type AliasRecord } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Only one transaction regroups at a time; the number is ours alone on the database. */
const regroupLock = 7_340_003;

/**
 * Stores the aliases that changed advisories name now, and groups ids anew: those of the advisories, their aliases,
 * and all that hangs together with them. Run it in a transaction.
 * @returns the ids that are grouped with others than before.
 */
export async function regroupAliases(
  db: Kysely<Database>,
  changed: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const { rows: grouped } = await sql<{ id: string }>`
    select id from alias where id = any(${[...changed.keys()]})`.execute(db);
  const edges = [...changed].flatMap(([id, aliases]) => aliases.map((alias) => ({ id, alias })));
  const start = new Set([...grouped.map(({ id }) => id), ...edges.flatMap(({ id, alias }) => [id, alias])]);
  if (start.size === 0) return [];
  await sql`select pg_advisory_xact_lock(${sql.lit(regroupLock)})`.execute(db);
  await putAliases(db, [...changed.keys()], edges);

  const { ids, records } = await connected(db, start);
  const before = await readGroups(db, ids);
  const after = new Map(aliasGroups(records).flatMap((group) => group.ids.map((id) => [id, group] as const)));
  const moved = ids.filter((id) => before.get(id)?.ids.join('\n') !== after.get(id)?.ids.join('\n'));
  await sql`delete from alias where id = any(${moved})`.execute(db);
  const rows = moved.flatMap((id) => {
    const group = after.get(id);
    return group ? [{ id, group_id: group.canonical }] : [];
  });
  await sql`
    insert into alias (id, group_id)
    select * from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map((row) => row.group_id)}::text[])`.execute(
    db,
  );
  return moved;
}

/** Reads the groups of ids; an id that stands for itself has none. */
export async function readGroups(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AliasGroup>> {
  const { rows } = await sql<{ id: string; group_id: string }>`
    select id, group_id from alias
    where group_id in (select group_id from alias where id = any(${ids}))`.execute(db);
  const members = Map.groupBy(rows, (row) => row.group_id);
  return new Map(
    [...members.values()].flatMap((group) => {
      const made = groupOf(group.map(({ id }) => id));
      return made.ids.map((id) => [id, made] as const);
    }),
  );
}

async function putAliases(
  db: Kysely<Database>,
  advisoryIds: readonly string[],
  edges: readonly { readonly id: string; readonly alias: string }[],
): Promise<void> {
  await sql`delete from advisory_alias where advisory_id = any(${advisoryIds})`.execute(db);
  await sql`
    insert into advisory_alias (advisory_id, alias)
    select * from unnest(${edges.map(({ id }) => id)}::text[], ${edges.map(({ alias }) => alias)}::text[])`.execute(
    db,
  );
}

/** All ids and alias records that hang together with some ids, by groups as they were or aliases as they are. */
async function connected(
  db: Kysely<Database>,
  start: ReadonlySet<string>,
): Promise<{ ids: string[]; records: AliasRecord[] }> {
  const ids = new Set(start);
  const records = new Map<string, Set<string>>();
  let fresh = [...start];
  while (fresh.length > 0) {
    const { rows } = await sql<{ advisory_id: string; alias: string }>`
      select edge.* from unnest(${fresh}::text[]) as fresh(id)
        join advisory_alias as edge on edge.advisory_id = fresh.id
      union
      select edge.* from unnest(${fresh}::text[]) as fresh(id)
        join advisory_alias as edge on edge.alias = fresh.id`.execute(db);
    for (const { advisory_id, alias } of rows) {
      const known = records.get(advisory_id);
      if (known) known.add(alias);
      else records.set(advisory_id, new Set([alias]));
    }
    const old = await readGroups(db, fresh);
    const found = [...rows.flatMap(({ advisory_id, alias }) => [advisory_id, alias]), ...old.keys()];
    fresh = [...new Set(found)].filter((id) => !ids.has(id));
    for (const id of fresh) ids.add(id);
  }
  return {
    ids: [...ids],
    records: [...records].map(([id, aliases]) => ({ id, aliases: [...aliases] })),
  };
}
