import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { deleteProjects } from './project-writes.ts';

/** A project as it was when a sync deleted it, with everything that brings it back. */
export type ProjectSnapshot = { readonly id: string; readonly snapshot: Record<string, unknown> };

/** `repository:tag` of a project as it was. */
export function snapshotName({ snapshot }: Pick<ProjectSnapshot, 'snapshot'>): string {
  return `${String(snapshot['repository'])}:${String(snapshot['tag'])}`;
}

/** Columns of a restored project that do not come from its snapshot. */
const decidedAnew = new Set(['target_id', 'image_id', 'scan_id', 'scan_status', 'is_kept']);

/**
 * Deletes those of these projects that a sync made and that no person wants meanwhile. Run it in a transaction.
 * @returns the deleted ones as they were.
 */
export async function takeProjects(
  db: Kysely<Database>,
  projectIds: readonly string[],
): Promise<ProjectSnapshot[]> {
  const { rows } = await sql<ProjectSnapshot>`
    select id, to_jsonb(project) as snapshot from project
    where id = any(${projectIds}) and source = 'sync' and not is_kept`.execute(db);
  await deleteProjects(
    db,
    rows.map(({ id }) => id),
  );
  return rows;
}

/**
 * Brings deleted projects back, with their ids, and keeps syncs from deleting them before a policy has admitted them
 * again. One whose name has a project already stays away. Run it in a transaction.
 * @returns the ids of those that are back, and of the images that they show.
 */
export async function restoreProjects(
  db: Kysely<Database>,
  snapshots: readonly ProjectSnapshot[],
): Promise<{ projectIds: string[]; imageIds: number[] }> {
  if (snapshots.length === 0) return { projectIds: [], imageIds: [] };
  const rows = JSON.stringify(snapshots.map(({ snapshot }) => snapshot));
  await sql`
    insert into target (org_id, integration_id, name)
    select distinct org_id, integration_id, repository from jsonb_populate_recordset(null::project, ${rows}::jsonb)
    order by repository
    on conflict (integration_id, name) do update set name = excluded.name`.execute(db);
  // Columns that are newer than the snapshots get their defaults.
  const columns = await keptColumns(db, snapshots);
  const { rows: restored } = await sql<{ id: string; image_id: number | null }>`
    insert into project (${sql.join(columns.map((column) => sql.ref(column)))},
      target_id, image_id, scan_id, scan_status, is_kept)
    overriding system value
    select ${sql.join(columns.map((column) => sql.ref(`was.${column}`)))}, target.id, image.id, null,
      case when was.scan_status in ('pending', 'scanning') or (was.image_id is not null and image.id is null)
        then 'pending' else was.scan_status end, true
    from jsonb_populate_recordset(null::project, ${rows}::jsonb) as was
    join target on target.integration_id = was.integration_id and target.name = was.repository
    left join image on image.id = was.image_id
    on conflict do nothing
    returning id, image_id`.execute(db);
  return {
    projectIds: restored.map(({ id }) => id),
    imageIds: [...new Set(restored.flatMap((row) => row.image_id ?? []))],
  };
}

async function keptColumns(
  db: Kysely<Database>,
  [first, ...others]: readonly ProjectSnapshot[],
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = 'project'::regclass and attnum > 0 and not attisdropped`.execute(db);
  const isIn = (name: string) => [first, ...others].every((one) => name in (one?.snapshot ?? {}));
  return rows.map(({ name }) => name).filter((name) => isIn(name) && !decidedAnew.has(name));
}
