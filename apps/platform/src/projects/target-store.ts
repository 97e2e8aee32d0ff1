import type { RegistryType, Target } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type TargetFilter = {
  readonly nameStartsWith?: string | undefined;
  /** Part of the name, upper and lower case alike. */
  readonly nameContains?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly integrationIds?: readonly string[] | undefined;
  /** With an open, not hidden issue of one of these. */
  readonly severities?: readonly string[] | undefined;
  /** With a project whose scan is in one of these states. */
  readonly scanStatuses?: readonly string[] | undefined;
  readonly createdSince?: Date | undefined;
  readonly withProjectsOnly: boolean;
  /** The instant as of which issues are ignored. */
  readonly at: Date;
};

export type TargetRow = Awaited<ReturnType<typeof findTarget>> & object;

/** A page of an organization's targets, in the order of their names. */
export async function listTargets(
  db: Kysely<Database>,
  orgId: string,
  filter: TargetFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<TargetRow>> {
  const query = filtered(db, orgId, filter).select(shown);
  return await readSlice(query, ['target.name', 'target.id'], position, limit);
}

/** How many targets the filter lets through. */
export async function countTargets(
  db: Kysely<Database>,
  orgId: string,
  filter: TargetFilter,
): Promise<number> {
  const { count } = await filtered(db, orgId, filter)
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** One target of an organization. */
export async function findTarget(db: Kysely<Database>, orgId: string, id: string) {
  return await db
    .selectFrom('target')
    .innerJoin('integration', 'integration.id', 'target.integration_id')
    .select(shown)
    .where('target.org_id', '=', orgId)
    .where('target.id', '=', id)
    .executeTakeFirst();
}

/** The target as the API shows it; `meta` is what `target-summary.ts` told. */
export function targetResource(row: TargetRow, meta: Target['meta']): Target {
  return {
    id: row.id,
    type: 'target',
    attributes: { display_name: row.name, is_private: true, created_at: row.created_at.toISOString() },
    relationships: {
      organization: { data: { id: row.org_id, type: 'org' } },
      integration: {
        data: {
          id: row.integration_id,
          type: 'integration',
          attributes: { integration_type: row.integration_type as RegistryType },
        },
      },
    },
    meta,
  };
}

const shown = [
  'target.id',
  'target.org_id',
  'target.integration_id',
  'target.name',
  'target.created_at',
  'integration.type as integration_type',
] as const;

function filtered(db: Kysely<Database>, orgId: string, filter: TargetFilter) {
  let query = db
    .selectFrom('target')
    .innerJoin('integration', 'integration.id', 'target.integration_id')
    .where('target.org_id', '=', orgId);
  const { nameStartsWith, nameContains, types, integrationIds, severities, scanStatuses } = filter;
  if (nameStartsWith !== undefined)
    query = query.where(sql<boolean>`starts_with(target.name, ${nameStartsWith})`);
  if (nameContains !== undefined) {
    query = query.where(sql<boolean>`position(lower(${nameContains}) in lower(target.name)) > 0`);
  }
  if (types) query = query.where(sql<boolean>`integration.type = any(${types}::text[])`);
  if (integrationIds) {
    query = query.where(sql<boolean>`target.integration_id::text = any(${integrationIds}::text[])`);
  }
  if (severities) {
    query = query.where(sql<boolean>`exists (
      select from project, unnest(${severities}::text[]) as severity
      where project.target_id = target.id and open_issue_count(
        project.issue_counts, project.issue_ignored, severity, ${filter.at.getTime()}) > 0)`);
  }
  if (scanStatuses) {
    query = query.where(sql<boolean>`exists (
      select from project
      where project.target_id = target.id and project.scan_status = any(${scanStatuses}::text[]))`);
  }
  if (filter.createdSince) query = query.where('target.created_at', '>=', filter.createdSince);
  if (filter.withProjectsOnly) {
    query = query.where(sql<boolean>`exists (select from project where project.target_id = target.id)`);
  }
  return query;
}
