import type { ProjectTag } from '@plimsoll/contracts';
import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import { systemsOf } from './project-types.ts';

export type ProjectFilter = {
  readonly targetIds?: readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly namesStartWith?: readonly string[] | undefined;
  readonly integrationIds?: readonly string[] | undefined;
  readonly tag?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** `key:value` */
  readonly tags?: readonly string[] | undefined;
  readonly businessCriticality?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  readonly lifecycle?: readonly string[] | undefined;
};

export type ProjectRow = Awaited<ReturnType<typeof findProject>> & object;

/** A page of an organization's projects, in the order of their names. */
export async function listProjects(
  db: Kysely<Database>,
  orgId: string,
  filter: ProjectFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<ProjectRow>> {
  const query = filtered(projects(db).select(shown), orgId, filter);
  const sortKey = ['project.repository', 'project.tag', 'project.id'];
  return await readSlice(query, sortKey, position, limit);
}

/** How many projects the filter lets through. */
export async function countProjects(
  db: Kysely<Database>,
  orgId: string,
  filter: ProjectFilter,
): Promise<number> {
  const counted = projects(db).select((select) => select.fn.countAll<number>().as('count'));
  return (await filtered(counted, orgId, filter).executeTakeFirstOrThrow()).count;
}

/** One project of an organization. */
export async function findProject(db: Kysely<Database>, orgId: string, id: string) {
  return await projects(db)
    .select(shown)
    .where('project.org_id', '=', orgId)
    .where('project.id', '=', id)
    .executeTakeFirst();
}

/** What a person may set of a project; what is absent stays. */
export type ProjectChange = {
  readonly status?: string | undefined;
  readonly testFrequency?: string | undefined;
  readonly tags?: readonly ProjectTag[] | undefined;
  readonly business_criticality?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  readonly lifecycle?: readonly string[] | undefined;
};

/** Changes what a person may set of a project. The next recurring test counts from now. */
export async function changeProject(
  db: Kysely<Database>,
  orgId: string,
  id: string,
  { status, testFrequency, ...said }: ProjectChange,
): Promise<void> {
  const { tags, ...words } = said;
  const set = Object.entries({ status, testFrequency, ...said }).filter(([, value]) => value !== undefined);
  if (set.length === 0) return;
  await db
    .updateTable('project')
    .set({
      ...(status !== undefined && { status }),
      ...(tags && { tags: JSON.stringify(tags) }),
      ...(words.business_criticality && { business_criticality: [...words.business_criticality] }),
      ...(words.environment && { environment: [...words.environment] }),
      ...(words.lifecycle && { lifecycle: [...words.lifecycle] }),
      ...(testFrequency !== undefined && {
        test_frequency: testFrequency,
        next_test_at: sql<Date>`now() + case when ${testFrequency} = 'weekly' then interval '7 days'
          else interval '1 day' end`,
      }),
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute();
}

/** The projects of a target. */
export async function projectsOfTarget(
  db: Kysely<Database>,
  targetId: string,
): Promise<{ id: string; repository: string; tag: string }[]> {
  return await db
    .selectFrom('project')
    .select(['id', 'repository', 'tag'])
    .where('target_id', '=', targetId)
    .execute();
}

/** The names of an organization's projects that are these digests, by digest and in order. */
export async function namesByDigest(
  db: Kysely<Database>,
  orgId: string,
  digests: readonly string[],
): Promise<Map<string, { id: string; name: string }[]>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom('project')
    .select(['id', 'digest', sql<string>`repository || ':' || tag`.as('name')])
    .where('org_id', '=', orgId)
    .where('digest', 'in', digests)
    .orderBy('repository')
    .orderBy('tag')
    .execute();
  return Map.groupBy(rows, (row) => row.digest ?? '');
}

/** The names of an organization's projects that show these images, by image and in order. */
export async function namesByImage(
  db: Kysely<Database>,
  orgId: string,
  imageIds: readonly number[],
): Promise<Map<number, string[]>> {
  if (imageIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('project')
    .select(['image_id', sql<string>`repository || ':' || tag`.as('name')])
    .where('org_id', '=', orgId)
    .where('image_id', 'in', imageIds)
    .orderBy('repository')
    .orderBy('tag')
    .execute();
  const names = new Map<number, string[]>();
  for (const { image_id: id, name } of rows) if (id !== null) names.set(id, [...(names.get(id) ?? []), name]);
  return names;
}

const shown = [
  'project.id',
  'project.number',
  'project.org_id',
  'project.integration_id',
  'project.target_id',
  'project.repository',
  'project.tag',
  'project.status',
  'project.digest',
  'project.platform',
  'project.pushed_at',
  'project.first_seen_at',
  'project.image_id',
  'project.scan_status',
  'project.scan_error',
  'project.scanned_at',
  'project.issue_counts',
  'project.issue_counts_at',
  'project.issue_ignored',
  'project.test_frequency',
  'project.next_test_at',
  'project.test_error',
  'project.tags',
  'project.business_criticality',
  'project.environment',
  'project.lifecycle',
  'project.created_at',
  'integration.type as integration_type',
  'image.os_name',
  'image.distro',
  'image.size_bytes',
  'image.image_created_at',
  'image.warnings',
  'image.platform as image_platform',
  sql<number | null>`cardinality(image.package_ids)`.as('package_total'),
] as const;

function projects(db: Kysely<Database>) {
  return db
    .selectFrom('project')
    .innerJoin('integration', 'integration.id', 'project.integration_id')
    .leftJoin('image', 'image.id', 'project.image_id');
}

function filtered<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  orgId: string,
  filter: ProjectFilter,
): SelectQueryBuilder<DB, TB, Row> {
  const conditions = [sql<boolean>`project.org_id = ${orgId}`];
  const { targetIds, ids, names, namesStartWith, integrationIds, tag } = filter;
  if (targetIds) conditions.push(sql`project.target_id::text = any(${targetIds}::text[])`);
  if (ids) conditions.push(sql`project.id::text = any(${ids}::text[])`);
  if (names) {
    const { repositories, tags } = splitNames(names);
    conditions.push(sql`(project.repository, project.tag) in (
      select * from unnest(${repositories}::text[], ${tags}::text[]))`);
  }
  if (namesStartWith) {
    // One comparison per prefix, as the index project_name reads them.
    const matches = namesStartWith.map(
      (prefix) => sql<boolean>`project.repository || ':' || project.tag like ${likePrefix(prefix)}`,
    );
    conditions.push(matches.length === 0 ? sql`false` : sql`(${sql.join(matches, sql` or `)})`);
  }
  if (integrationIds) conditions.push(sql`project.integration_id = any(${integrationIds}::uuid[])`);
  if (tag !== undefined) conditions.push(sql`project.tag = ${tag}`);
  conditions.push(...saidConditions(filter));
  return conditions.reduce((narrowed, condition) => narrowed.where(condition), query);
}

/** What a filter asks of a project beside its name and place. */
function saidConditions(filter: ProjectFilter): RawBuilder<boolean>[] {
  const { types, tags, businessCriticality, environment, lifecycle } = filter;
  const conditions: RawBuilder<boolean>[] = [];
  if (types) {
    const { ids, others, known } = systemsOf(types);
    const system = sql`split_part(coalesce(image.distro, ''), ':', 1)`;
    conditions.push(
      sql`(${system} = any(${ids}::text[]) or (${others} and ${system} <> all(${known}::text[])))`,
    );
  }
  if (tags) conditions.push(sql`project.tags @> ${JSON.stringify(tags.map(tagOf))}::jsonb`);
  for (const [column, words] of [
    ['business_criticality', businessCriticality],
    ['environment', environment],
    ['lifecycle', lifecycle],
  ] as const) {
    if (words) conditions.push(sql`${sql.ref(`project.${column}`)} && ${words}::text[]`);
  }
  return conditions;
}

function tagOf(text: string): ProjectTag {
  const colon = text.indexOf(':');
  return colon < 0 ? { key: text, value: '' } : { key: text.slice(0, colon), value: text.slice(colon + 1) };
}

/** A pattern for what begins with this text. */
function likePrefix(prefix: string): string {
  return `${prefix.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/** The columns behind `repository:tag`; a tag has no colon, a registry's port before the repository may. */
function splitNames(names: readonly string[]): { repositories: string[]; tags: string[] } {
  const colons = names.map((name) => name.lastIndexOf(':'));
  return {
    repositories: names.map((name, index) => name.slice(0, Math.max(0, colons[index] ?? 0))),
    tags: names.map((name, index) => name.slice((colons[index] ?? 0) + 1)),
  };
}
