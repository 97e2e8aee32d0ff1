import type { RegistryType } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database, IntegrationTable } from '../database/schema.ts';

export type IntegrationRow = Selectable<IntegrationTable>;

/** A page of an organization's integrations, oldest first. */
export async function listIntegrations(
  db: Kysely<Database>,
  orgId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<IntegrationRow>> {
  const query = db.selectFrom('integration').selectAll().where('org_id', '=', orgId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit);
}

/** One integration of an organization. */
export async function findIntegration(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<IntegrationRow | undefined> {
  return await db
    .selectFrom('integration')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** The first integration of each type, as the older API knows them. */
export async function firstIntegrations(db: Kysely<Database>, orgId: string): Promise<IntegrationRow[]> {
  return await db
    .selectFrom('integration')
    .selectAll()
    .distinctOn('type')
    .where('org_id', '=', orgId)
    .orderBy('type')
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Connects a registry of this type. */
export async function addIntegration(
  db: Kysely<Database>,
  orgId: string,
  type: RegistryType,
  profileName: string,
): Promise<IntegrationRow> {
  return await db
    .insertInto('integration')
    .values({ org_id: orgId, type, profile_name: profileName })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Gives an integration another name. */
export async function renameIntegration(
  db: Kysely<Database>,
  orgId: string,
  id: string,
  profileName: string,
): Promise<IntegrationRow | undefined> {
  return await db
    .updateTable('integration')
    .set({ profile_name: profileName, updated_at: new Date() })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Changes what is set of an integration. */
export async function setAppScan(db: Kysely<Database>, id: string, isEnabled: boolean): Promise<void> {
  await db
    .updateTable('integration')
    .set({ container_app_scan_enabled: isEnabled, updated_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Whether packages of applications are looked for in the images of an integration. */
export async function isAppScanEnabled(db: Kysely<Database>, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('integration')
    .select('container_app_scan_enabled')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.container_app_scan_enabled ?? true;
}

/** Removes an integration with everything that came from it; true when there was one. */
export async function removeIntegration(db: Kysely<Database>, orgId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('integration')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Remembers that a broker client of this integration was there. */
export async function markBrokerSeen(db: Kysely<Database>, id: string, now: Date): Promise<void> {
  await db.updateTable('integration').set({ broker_last_seen_at: now }).where('id', '=', id).execute();
}

/** Remembers that the registry of an integration told of a push just now. */
export async function markPushEvent(db: Kysely<Database>, id: string): Promise<void> {
  await db
    .updateTable('integration')
    .set({ last_push_event_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

/** The organization of an integration; undefined when there is no such integration. The id is any text. */
export async function orgOfIntegration(db: Kysely<Database>, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('integration')
    .select('org_id')
    .where(sql`id::text`, '=', id.toLowerCase())
    .executeTakeFirst();
  return row?.org_id;
}

/** An organization's integrations of these types; what is no type has none. */
export async function integrationIdsOfTypes(
  db: Kysely<Database>,
  orgId: string,
  types: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('integration')
    .select('id')
    .where('org_id', '=', orgId)
    .where(sql<boolean>`type = any(${types}::text[])`)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** The integrations of these organizations. */
export async function integrationIds(db: Kysely<Database>, orgIds: readonly string[]): Promise<string[]> {
  if (orgIds.length === 0) return [];
  const rows = await db.selectFrom('integration').select('id').where('org_id', 'in', orgIds).execute();
  return rows.map((row) => row.id);
}
