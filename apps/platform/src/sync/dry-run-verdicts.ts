import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import type { DryRunRow } from './dry-run-store.ts';
import { repositoriesBeyond, type TagVerdict, type VerdictSource } from './verdict-pages.ts';

/** The newest dry runs of an integration whose verdicts are kept: of a registry of a million tags, they are large. */
const keptRuns = 3;

const Verdicts = z.array(z.object({ tag: z.string(), admitted: z.boolean(), reason: z.string() }));

/** Notes what a dry run says about the images of a repository. */
export async function putVerdicts(
  db: Kysely<Database>,
  dryRunId: string,
  repository: string,
  verdicts: readonly TagVerdict[],
): Promise<void> {
  await db
    .insertInto('dry_run_repository')
    .values({ dry_run_id: dryRunId, repository, verdicts: JSON.stringify(verdicts) })
    .execute();
}

/** Forgets the verdicts of all but the newest dry runs of an integration. */
export async function forgetOldVerdicts(db: Kysely<Database>, integrationId: string): Promise<void> {
  await sql`
    delete from dry_run_repository where dry_run_id in (
      select id from dry_run where integration_id = ${integrationId} order by created_at desc, id
      offset ${keptRuns})`.execute(db);
}

/**
 * What a dry run says about the images that it saw.
 * @throws {ApiProblem} when it has not ended well, or newer ones have taken its place.
 */
export async function dryRunVerdicts(db: Kysely<Database>, dryRun: DryRunRow): Promise<VerdictSource> {
  if (dryRun.status !== 'completed') {
    throw new ApiProblem('conflict', 'The dry run has not been completed');
  }
  const newer = await db
    .selectFrom('dry_run')
    .select('id')
    .where('integration_id', '=', dryRun.integration_id)
    // Dates have milliseconds, those in the database microseconds.
    .where('created_at', '>', dryRun.created_at)
    .where('id', '<>', dryRun.id)
    .limit(keptRuns)
    .execute();
  if (newer.length === keptRuns) {
    throw new ApiProblem(
      'conflict',
      `The reasons of the newest ${keptRuns} dry runs are kept; start another one`,
    );
  }
  const seen = db.selectFrom('dry_run_repository').select('repository').where('dry_run_id', '=', dryRun.id);
  return {
    repositories: (from, direction) => repositoriesBeyond(seen, from, direction),
    async verdicts(repository) {
      const row = await db
        .selectFrom('dry_run_repository')
        .select('verdicts')
        .where('dry_run_id', '=', dryRun.id)
        .where('repository', '=', repository)
        .executeTakeFirst();
      return Verdicts.parse(row?.verdicts ?? []);
    },
  };
}
