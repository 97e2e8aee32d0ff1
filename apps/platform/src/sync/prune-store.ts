import type { Doomed } from '@plimsoll/policy';
import { sql, type Kysely, type Selectable } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import type { PrunedProjectTable } from '../database/sync-tables.ts';
import type { ProjectSnapshot } from '../projects/project-snapshots.ts';

export type PrunedProjectRow = Omit<Selectable<PrunedProjectTable>, 'snapshot'>;

/** Days for which a deletion can be undone, and for which a held one waits. */
export const undoDays = 7;

/** Projects per statement. */
const chunk = 5_000;

/** Notes the projects that a run would delete when a person says so, in place of what an earlier pass had noted. */
export async function holdProjects(
  db: Kysely<Database>,
  runId: string,
  held: readonly Doomed[],
): Promise<void> {
  await db.deleteFrom('pruned_project').where('run_id', '=', runId).where('state', '=', 'held').execute();
  for (let start = 0; start < held.length; start += chunk) {
    const some = held.slice(start, start + chunk);
    await sql`
      insert into pruned_project (run_id, project_id, repository, tag, reason, state)
      select ${runId}::uuid, doomed.*, 'held' from unnest(
        ${some.map(({ project }) => project.id)}::uuid[], ${some.map(({ project }) => project.repository)}::text[],
        ${some.map(({ project }) => project.tag)}::text[], ${some.map(({ reason }) => reason)}::text[]
      ) as doomed`.execute(db);
  }
}

/** Notes projects that a run has deleted, in the transaction that does it. */
export async function recordPruned(
  db: Kysely<Database>,
  runId: string,
  doomed: readonly Doomed[],
  taken: readonly ProjectSnapshot[],
): Promise<void> {
  const snapshots = new Map(taken.map(({ id, snapshot }) => [id, snapshot]));
  const gone = doomed.filter(({ project }) => snapshots.has(project.id));
  await sql`
    insert into pruned_project (run_id, project_id, repository, tag, reason, snapshot, state)
    select ${runId}::uuid, doomed.*, 'pruned' from unnest(
      ${gone.map(({ project }) => project.id)}::uuid[], ${gone.map(({ project }) => project.repository)}::text[],
      ${gone.map(({ project }) => project.tag)}::text[], ${gone.map(({ reason }) => reason)}::text[],
      ${gone.map(({ project }) => JSON.stringify(snapshots.get(project.id)))}::jsonb[]
    ) as doomed`.execute(db);
}

type LockedProject = {
  id: string;
  repository: string;
  tag: string;
  snapshot: Record<string, unknown> | null;
};

/** Some of a run's projects in this state, and keeps others from working on them until the transaction ends. */
export async function lockSome(
  db: Kysely<Database>,
  runId: string,
  state: 'held' | 'pruned',
  limit: number,
): Promise<LockedProject[]> {
  const { rows } = await sql<LockedProject>`
    select project_id as id, repository, tag, snapshot from pruned_project where run_id = ${runId} and state = ${state}
    order by project_id limit ${limit} for update`.execute(db);
  return rows;
}

/** Moves projects of a run from one state to the next. */
export async function setPruneState(
  db: Kysely<Database>,
  runId: string,
  projectIds: readonly string[],
  state: 'restored' | 'replaced' | 'left',
): Promise<void> {
  await sql`
    update pruned_project set state = ${state}, snapshot = null, changed_at = now()
    where run_id = ${runId} and project_id = any(${projectIds})`.execute(db);
}

/** Notes that held projects were deleted now. */
export async function setPruned(
  db: Kysely<Database>,
  runId: string,
  taken: readonly ProjectSnapshot[],
): Promise<void> {
  await sql`
    update pruned_project set state = 'pruned', snapshot = taken.snapshot, changed_at = now()
    from unnest(
      ${taken.map(({ id }) => id)}::uuid[], ${taken.map(({ snapshot }) => JSON.stringify(snapshot))}::jsonb[]
    ) as taken(id, snapshot)
    where run_id = ${runId} and project_id = taken.id`.execute(db);
}

/** A page of what a run deleted or holds, in the order of their names. */
export async function listPruned(
  db: Kysely<Database>,
  runId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<PrunedProjectRow>> {
  const query = db
    .selectFrom('pruned_project')
    .select(['run_id', 'project_id', 'repository', 'tag', 'reason', 'state', 'changed_at'])
    .where('run_id', '=', runId);
  return await readSlice(query, ['repository', 'tag', 'project_id'], position, limit);
}

/** Forgets deletions that cannot be undone any more. */
export async function sweepPruned(db: Kysely<Database>): Promise<void> {
  await sql`delete from pruned_project where changed_at < now() - make_interval(days => ${undoDays})`.execute(
    db,
  );
}
