import type { Org } from '@plimsoll/contracts';
import type { Kysely, Selectable } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database, OrganizationTable } from '../database/schema.ts';
import { anotherSlugOf, slugOf } from './slug.ts';

type OrganizationRow = Selectable<OrganizationTable>;

export type OrganizationFilter = { readonly slug?: string | undefined; readonly name?: string | undefined };

/** A page of the organizations with these ids, in the order of their names. */
export async function listOrganizations(
  db: Kysely<Database>,
  ids: readonly string[],
  filter: OrganizationFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<OrganizationRow>> {
  let query = db
    .selectFrom('organization')
    .selectAll()
    .where('id', 'in', ids.length > 0 ? ids : [nobody]);
  if (filter.slug !== undefined) query = query.where('slug', '=', filter.slug);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  return await readSlice(query, ['name', 'id'], position, limit);
}

/** An id that nothing has: `in ()` is not SQL. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** One organization. */
export async function findOrganization(
  db: Kysely<Database>,
  id: string,
): Promise<OrganizationRow | undefined> {
  return await db.selectFrom('organization').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Makes an organization with a person as its admin. Run it in a transaction. */
export async function addOrganization(
  db: Kysely<Database>,
  name: string,
  adminId: string,
): Promise<OrganizationRow> {
  const insert = (slug: string) =>
    db
      .insertInto('organization')
      .values({ name, slug })
      .onConflict((conflict) => conflict.column('slug').doNothing())
      .returningAll()
      .executeTakeFirst();
  const row = (await insert(slugOf(name))) ?? (await insert(anotherSlugOf(name)));
  if (!row) throw new Error(`no slug was free for ${name}`);
  await db.insertInto('membership').values({ org_id: row.id, person_id: adminId, role: 'admin' }).execute();
  return row;
}

/** Changes an organization. With another name its slug stays, because links hold it. */
export async function changeOrganization(
  db: Kysely<Database>,
  id: string,
  change: { readonly name?: string | undefined; readonly deployed_clients?: boolean | undefined },
): Promise<OrganizationRow | undefined> {
  return await db
    .updateTable('organization')
    .set({ ...change, updated_at: new Date() })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** The organization as the API shows it. */
export function organizationResource(row: OrganizationRow): Org {
  return {
    id: row.id,
    type: 'org',
    attributes: {
      name: row.name,
      slug: row.slug,
      is_personal: row.is_personal,
      deployed_clients: row.deployed_clients,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    },
  };
}
