import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Remembers an import by hand. */
export async function addImportJob(
  db: Kysely<Database>,
  job: {
    readonly orgId: string;
    readonly integrationId: string;
    readonly name: string;
    readonly projectId: string;
  },
): Promise<string> {
  const { id } = await db
    .insertInto('import_job')
    .values({
      org_id: job.orgId,
      integration_id: job.integrationId,
      name: job.name,
      project_id: job.projectId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** An import by hand, with how the scan of its project stands. */
export async function findImportJob(
  db: Kysely<Database>,
  { orgId, integrationId, id }: { orgId: string; integrationId: string; id: string },
) {
  return await db
    .selectFrom('import_job')
    .leftJoin('project', 'project.id', 'import_job.project_id')
    .select([
      'import_job.id',
      'import_job.name',
      'import_job.created_at',
      'import_job.project_id',
      'project.scan_status',
      'project.scan_error',
    ])
    .where('import_job.org_id', '=', orgId)
    .where('import_job.integration_id', '=', integrationId)
    .where('import_job.id', '=', id)
    .executeTakeFirst();
}
