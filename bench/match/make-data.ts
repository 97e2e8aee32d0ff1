import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';

/**
 * Writes distinct packages of Debian 12, npm, PyPI, Maven and Go straight into the table: half of them are named by
 * advisories, in a version that one of these fixes, the others are not. @returns their ids.
 */
export async function makePackages(db: Kysely<Database>, count: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with named as (
      select ecosystem, name, min(rule #>> '{intervals,0,fixed}') as version
      from affected where ecosystem in ('Debian:12', 'npm', 'PyPI', 'Maven', 'Go')
      group by ecosystem, name order by md5(name)
    ),
    -- The image's own packages are numbered, so that there are as many as asked for.
    numbered as (select *, row_number() over () as number, count(*) over () as total from named),
    wanted as (
      select ecosystem, number as unit,
        case when unit % 2 = 0 then name else name || '-' || unit end as name,
        coalesce(version, '1.0') || case when unit >= total * 2 then '.' || unit else '' end as version
      from generate_series(0, ${count - 1}::int) as unit
      join numbered on numbered.number = unit / 2 % total + 1
    )
    insert into package (purl, type, name, version, distro)
    select 'pkg:' || ${randomUUID()} || '/' || name || '@' || version,
      case ecosystem when 'Debian:12' then 'deb' when 'PyPI' then 'pypi' when 'Go' then 'golang' else lower(ecosystem) end,
      name, version, case ecosystem when 'Debian:12' then 'debian:12' else '' end
    from wanted on conflict do nothing returning id`.execute(db);
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Writes images that hold some hundred packages each, neighbours in the list of all. */
export async function makeImages(
  db: Kysely<Database>,
  count: number,
  packageIds: readonly number[],
  packagesEach: number,
): Promise<void> {
  const { id: orgId } = await db
    .insertInto('organization')
    .values({ name: 'Bench', slug: randomUUID() })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`
    insert into image (org_id, digest, platform, distro, package_ids, document, analyzers)
    select ${orgId}, 'sha256:' || unit, 'linux/amd64', 'debian:12',
      (${packageIds}::integer[])[1 + unit % ${packageIds.length - packagesEach}::int :
        ${packagesEach}::int + unit % ${packageIds.length - packagesEach}::int], '', 'bench'
    from generate_series(1, ${count}::int) as unit`.execute(db);
}
