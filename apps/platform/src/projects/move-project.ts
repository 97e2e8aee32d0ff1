import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { copyImage } from '../inventories/copy-image.ts';
import type { ProjectRow } from './project-store.ts';

/**
 * Moves a project to another organization, where it belongs to the integration of the same type, of the same name before
 * others. It keeps its id, its image and its history; ignores stay behind. Run it in a transaction.
 * @returns the image that it shows there.
 * @throws {ApiProblem} `conflict` when there is no such integration, or the image has a project there.
 */
export async function moveProject(
  db: Kysely<Database>,
  project: ProjectRow,
  orgId: string,
): Promise<number | undefined> {
  const name = `${project.repository}:${project.tag}`;
  const { rows } = await sql<{ id: string }>`
    select there.id from integration there join integration here on here.id = ${project.integration_id}
    where there.org_id = ${orgId} and there.type = here.type
    order by there.profile_name = here.profile_name desc, there.created_at, there.id limit 1`.execute(db);
  const integration = rows[0];
  if (!integration) {
    throw new ApiProblem(
      'conflict',
      `The other organization has no registry of the type ${project.integration_type}; clone the integration first`,
    );
  }
  const target = await sql<{ id: string }>`
    insert into target (org_id, integration_id, name) values (${orgId}, ${integration.id}, ${project.repository})
    on conflict (integration_id, name) do update set name = excluded.name returning id`.execute(db);
  const targetId = target.rows[0]?.id ?? '';
  const taken = await db
    .selectFrom('project')
    .select('id')
    .where('target_id', '=', targetId)
    .where('tag', '=', project.tag)
    .executeTakeFirst();
  if (taken) throw new ApiProblem('conflict', `The other organization has a project of ${name} already`);
  const imageId = project.image_id === null ? undefined : await copyImage(db, project.image_id, orgId);
  // A scan that it waits for is the former integration's; the next test or import asks anew.
  await sql`
    update project set org_id = ${orgId}, integration_id = ${integration.id}, target_id = ${targetId},
      image_id = ${imageId ?? null}, source = 'manual', scan_id = null,
      scan_status = case when scan_status = 'scanned' then 'scanned' else 'pending' end, next_test_at = now()
    where id = ${project.id}`.execute(db);
  await db.deleteFrom('project_image_change').where('project_id', '=', project.id).execute();
  await sql`
    delete from target where id = ${project.target_id}
      and not exists (select from project where project.target_id = target.id)`.execute(db);
  return imageId;
}
