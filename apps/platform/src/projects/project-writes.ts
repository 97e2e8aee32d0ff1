import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database/schema.ts';

/** `repository:tag` of a registry that is to have a project. */
export type ProjectImage = {
  readonly repository: string;
  readonly tag: string;
  /** What the tag points at, null when not known yet. */
  readonly digest: string | null;
  readonly platform: string;
  readonly pushedAt: Date | null;
  readonly firstSeenAt: Date;
};

export type ProjectOwner = {
  readonly orgId: string;
  readonly integrationId: string;
  /** Who wants the project; one that a person wants stays a person's, whatever a sync says later. */
  readonly source: 'sync' | 'manual';
};

/**
 * Makes the targets and projects of these images where they are missing and brings the others up to date; the
 * images are distinct by repository and tag. Run it in a transaction.
 * @returns the project of each image, in no order.
 */
export async function putProjects(
  db: Kysely<Database>,
  { orgId, integrationId, source }: ProjectOwner,
  images: readonly ProjectImage[],
): Promise<{ id: string; repository: string; tag: string }[]> {
  if (images.length === 0) return [];
  const repositories = [...new Set(images.map((image) => image.repository))].toSorted();
  // The update that changes nothing locks the row, so that nobody removes an empty target under our hands.
  await sql`
    insert into target (org_id, integration_id, name)
    select ${orgId}, ${integrationId}, name from unnest(${repositories}::text[]) as name
    on conflict (integration_id, name) do update set name = excluded.name`.execute(db);
  const { rows } = await sql<{ id: string; repository: string; tag: string }>`
    insert into project
      (org_id, integration_id, target_id, repository, tag, source, digest, platform, pushed_at, first_seen_at)
    select ${orgId}, ${integrationId}, target.id, image.repository, image.tag, ${source}, image.digest,
      image.platform, image.pushed_at, image.first_seen_at
    from unnest(
      ${images.map((image) => image.repository)}::text[],
      ${images.map((image) => image.tag)}::text[],
      ${images.map((image) => image.digest)}::text[],
      ${images.map((image) => image.platform)}::text[],
      ${images.map((image) => image.pushedAt)}::timestamptz[],
      ${images.map((image) => image.firstSeenAt)}::timestamptz[]
    ) as image(repository, tag, digest, platform, pushed_at, first_seen_at)
    join target on target.integration_id = ${integrationId} and target.name = image.repository
    order by image.repository, image.tag
    on conflict (target_id, tag) do update set
      source = case when excluded.source = 'manual' then 'manual' else project.source end,
      digest = coalesce(excluded.digest, project.digest),
      pushed_at = coalesce(excluded.pushed_at, project.pushed_at)
    returning id, repository, tag`.execute(db);
  return rows;
}

/** Tells projects which scan is under way for them. What the last scan found stays until the new one is done. */
export async function awaitScans(
  db: Kysely<Database>,
  waits: readonly { readonly projectId: string; readonly scanId: string }[],
): Promise<void> {
  await sql`
    update project set scan_id = wait.scan_id, scan_status = 'pending', scan_error = null
    from unnest(
      ${waits.map((wait) => wait.projectId)}::uuid[],
      ${waits.map((wait) => wait.scanId)}::uuid[]
    ) as wait(project_id, scan_id)
    where project.id = wait.project_id`.execute(db);
}

/** Tells the projects that wait for a scan how it stands. */
export async function setScanStatus(
  db: Kysely<Database>,
  scanId: string,
  status: 'pending' | 'scanning' | 'failed',
  error: string | null = null,
): Promise<void> {
  await db
    .updateTable('project')
    .set({ scan_status: status, scan_error: error })
    .where('scan_id', '=', scanId)
    .execute();
}

/** Of these scans, those that a project of a person waits for. */
export async function wantedByPeople(
  db: Kysely<Database>,
  scanIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('project')
    .select('scan_id')
    .distinct()
    .where(sql<boolean>`scan_id = any(${scanIds})`)
    .where('source', '=', 'manual')
    .execute();
  return new Set(rows.flatMap((row) => row.scan_id ?? []));
}

/** Tells the projects that wait for these scans that they will not be done; the next run asks for them again. */
export async function forgetScans(
  db: Kysely<Database>,
  scanIds: readonly string[],
  reason: string,
): Promise<void> {
  await db
    .updateTable('project')
    .set({ scan_id: null, scan_status: 'pending', scan_error: reason })
    .where(sql<boolean>`scan_id = any(${scanIds})`)
    .execute();
}

/** Shows an image that was just read in the projects that wait for its scan. `digest` is what their tag points at. */
export async function attachScanned(
  db: Kysely<Database>,
  scanId: string,
  image: { readonly imageId: number; readonly digest: string; readonly scannedAt: Date },
): Promise<void> {
  await noteImages(
    db,
    sql`
    update project set image_id = ${image.imageId}::integer, digest = ${image.digest}, scan_status = 'scanned',
      scan_error = null, scanned_at = ${image.scannedAt}
    where scan_id = ${scanId}
    returning id, integration_id, image_id`,
  );
}

/**
 * Runs an update that makes projects show images, and notes which ones show another than before: for the next digest, and
 * with what they showed, for their history.
 */
async function noteImages(db: Kysely<Database>, update: RawBuilder<unknown>): Promise<void> {
  // All parts of a statement read the rows as they were before it.
  await sql`
    with shown as (${update}),
    former as (
      insert into project_snapshot (project_id, scanned_at, image_id, digest, platform, package_count, issue_counts)
      select project.id, project.scanned_at, image.id, image.digest, image.platform,
        cardinality(image.package_ids), project.issue_counts
      from shown join project on project.id = shown.id join image on image.id = project.image_id
      where image.id is distinct from shown.image_id
    )
    insert into project_image_change (integration_id, project_id, before_image, after_image)
    select shown.integration_id, shown.id, project.image_id, shown.image_id
    from shown join project on project.id = shown.id
    where project.image_id is distinct from shown.image_id`.execute(db);
}

/** Shows images that were read before, for whatever tag, in these projects; a scan they waited for is forgotten. */
export async function attachKnown(
  db: Kysely<Database>,
  images: readonly { readonly projectId: string; readonly imageId: number; readonly scannedAt: Date }[],
): Promise<void> {
  await noteImages(
    db,
    sql`
    update project set image_id = known.image_id, scanned_at = known.scanned_at,
      scan_status = 'scanned', scan_error = null, scan_id = null
    from unnest(
      ${images.map((image) => image.projectId)}::uuid[],
      ${images.map((image) => image.imageId)}::integer[],
      ${images.map((image) => image.scannedAt)}::timestamptz[]
    ) as known(project_id, image_id, scanned_at)
    where project.id = known.project_id
    returning project.id, project.integration_id, project.image_id`,
  );
}

/**
 * Deletes projects, and each target with its last project. Run it in a transaction.
 * @returns how many projects were deleted.
 */
export async function deleteProjects(db: Kysely<Database>, projectIds: readonly string[]): Promise<number> {
  if (projectIds.length === 0) return 0;
  const isDeleted = sql<boolean>`project.id = any(${projectIds})`;
  const targets = await db.selectFrom('project').select('target_id').distinct().where(isDeleted).execute();
  const isTouched = sql<boolean>`target.id = any(${targets.map((target) => target.target_id)})`;
  // Targets are locked first, as where projects are made: the second delete then sees projects that were added
  // meanwhile.
  await db.selectFrom('target').select('id').where(isTouched).orderBy('id').forUpdate().execute();
  const { numDeletedRows } = await db.deleteFrom('project').where(isDeleted).executeTakeFirst();
  await db
    .deleteFrom('target')
    .where(isTouched)
    .where((where) =>
      where.not(
        where.exists(
          where.selectFrom('project').select('project.id').whereRef('project.target_id', '=', 'target.id'),
        ),
      ),
    )
    .execute();
  return Number(numDeletedRows);
}

/** What a sync needs to know of a project. */
export type ProjectState = {
  readonly id: string;
  readonly repository: string;
  readonly tag: string;
  readonly source: 'sync' | 'manual';
  readonly digest?: string;
  /** Nothing was read of the digest it is to show, and no scan is under way. */
  readonly isUnread: boolean;
  /** A person undid its deletion. */
  readonly isKept: boolean;
};

/** What a sync run needs to know of the projects of these repositories, by repository. */
export async function projectStates(
  db: Kysely<Database>,
  integrationId: string,
  repositories: readonly string[],
): Promise<Map<string, ProjectState[]>> {
  const rows = await selectStates(db, integrationId)
    .where(sql<boolean>`repository = any(${repositories})`)
    .execute();
  return Map.groupBy(rows.map(stateOf), ({ repository }) => repository);
}

/** The same of the project of one image, if there is one. */
export async function projectState(
  db: Kysely<Database>,
  integrationId: string,
  { repository, tag }: { readonly repository: string; readonly tag: string },
): Promise<ProjectState | undefined> {
  const row = await selectStates(db, integrationId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row && stateOf(row);
}

function selectStates(db: Kysely<Database>, integrationId: string) {
  return db
    .selectFrom('project')
    .select(['id', 'repository', 'tag', 'source', 'digest', 'scan_id', 'scan_status', 'is_kept'])
    .where('integration_id', '=', integrationId);
}

type StateRow = Awaited<ReturnType<ReturnType<typeof selectStates>['execute']>>[number];

function stateOf(row: StateRow): ProjectState {
  return {
    id: row.id,
    repository: row.repository,
    tag: row.tag,
    source: row.source === 'manual' ? ('manual' as const) : ('sync' as const),
    ...(row.digest !== null && { digest: row.digest }),
    isUnread: row.scan_status === 'failed' || (row.scan_status === 'pending' && row.scan_id === null),
    isKept: row.is_kept,
  };
}

/** Repositories of an integration that have a project. */
export async function projectRepositories(db: Kysely<Database>, integrationId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('project')
    .select('repository')
    .distinct()
    .where('integration_id', '=', integrationId)
    .execute();
  return rows.map(({ repository }) => repository);
}

/** Lets syncs delete these projects like others again. */
export async function releaseProjects(db: Kysely<Database>, projectIds: readonly string[]): Promise<void> {
  await db
    .updateTable('project')
    .set({ is_kept: false })
    .where(sql<boolean>`id = any(${projectIds})`)
    .execute();
}
