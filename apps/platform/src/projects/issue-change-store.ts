import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type IssueChangeFilter = {
  readonly projectId?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly withHidden: boolean;
};

export type IssueChangeRow = Awaited<ReturnType<typeof listIssueChanges>>['rows'][number];

/**
 * A page of what became of issues of an organization's projects because advisories or rules changed, the newest first:
 * events of packages seen through the images that hold them.
 */
export async function listIssueChanges(
  db: Kysely<Database>,
  orgId: string,
  filter: IssueChangeFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<Awaited<ReturnType<ReturnType<typeof changes>['executeTakeFirstOrThrow']>>>> {
  let query = changes(db, orgId);
  if (filter.projectId !== undefined) query = query.where('project.id', '=', filter.projectId);
  if (filter.kinds) query = query.where(sql<boolean>`event.kind = any(${filter.kinds}::text[])`);
  if (filter.since !== undefined) query = query.where('event.at', '>=', new Date(filter.since));
  if (!filter.withHidden) query = query.where('event.hidden_reason', 'is', null);
  return await readSlice(query, ['event.id', 'project.number'], position, limit, 'desc');
}

function changes(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('finding_event as event')
    .innerJoin('package', 'package.id', 'event.package_id')
    .innerJoin('image', (join) =>
      join.on(sql<boolean>`image.package_ids @> array[event.package_id]`).on('image.org_id', '=', orgId),
    )
    .innerJoin('project', 'project.image_id', 'image.id')
    .select([
      'event.id as event_id',
      'event.kind',
      'event.vulnerability',
      'event.cause',
      'event.advisory_ids',
      'event.severity',
      'event.first_found_at',
      'event.at',
      'package.name as package_name',
      'package.version as package_version',
      'project.id as project_id',
      'project.number',
      'project.org_id',
      'project.repository',
      'project.tag',
    ])
    .where('project.org_id', '=', orgId);
}
