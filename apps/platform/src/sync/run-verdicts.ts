import { ImportPolicy } from '@plimsoll/contracts';
import { policyEvaluator } from '@plimsoll/policy';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { isInBaseline, observedImages } from './observation-store.ts';
import type { SyncRunRow } from './sync-store.ts';
import { tombstonedTags } from './tombstone-store.ts';
import { repositoriesBeyond, type VerdictRow, type VerdictSource } from './verdict-pages.ts';

/**
 * What a run's policy says about the images that the run saw. Nothing of it is kept: it is decided once more, from the
 * run's observations, which only the newest run has.
 * @throws {ApiProblem} when a later run has begun, or this one has not decided anything.
 */
export async function runVerdicts(db: Kysely<Database>, run: SyncRunRow): Promise<VerdictSource> {
  const later = await db
    .selectFrom('sync_run')
    .select('id')
    .where('integration_id', '=', run.integration_id)
    // Dates have milliseconds, those in the database microseconds.
    .where('started_at', '>', run.started_at)
    .where('id', '<>', run.id)
    .limit(1)
    .executeTakeFirst();
  if (later)
    throw new ApiProblem('conflict', 'A later sync run has begun: only the newest one tells reasons');
  if (run.policy === null) throw new ApiProblem('conflict', 'The sync run has not decided anything yet');

  const { import_policy: rules } = ImportPolicy.parse(run.policy);
  const evaluate = policyEvaluator(rules, run.started_at);
  const observer = { integrationId: run.integration_id, runId: run.id };
  const ofBaseline = isInBaseline(run.policy_baseline_at, run.started_at);
  const seen = db
    .selectFrom('sync_repository')
    .select('repository')
    .where('integration_id', '=', run.integration_id)
    .where('seen_run_id', '=', run.id);
  return {
    repositories: (from, direction) => repositoriesBeyond(seen, from, direction),
    async verdicts(repository) {
      const observed = await observedImages(db, observer, [repository], ofBaseline);
      return evaluate(observed.get(repository) ?? []).map(({ candidate, admitted, reason }) => ({
        tag: candidate.tag,
        admitted,
        reason,
      }));
    },
  };
}

/** What became of images that a run's policy admits, as it is now; in their order. */
export async function outcomesOf(
  db: Kysely<Database>,
  integrationId: string,
  rows: readonly VerdictRow[],
): Promise<('imported' | 'tombstoned' | 'truncated' | undefined)[]> {
  const repositories = [...new Set(rows.map(({ repository }) => repository))];
  const tombstones = await tombstonedTags(db, integrationId, repositories);
  const projects = await db
    .selectFrom('project')
    .select(['repository', 'tag'])
    .where('integration_id', '=', integrationId)
    .where(
      sql<boolean>`(repository, tag) in (select * from unnest(
        ${rows.map(({ repository }) => repository)}::text[], ${rows.map(({ tag }) => tag)}::text[]))`,
    )
    .execute();
  const imported = new Set(projects.map(({ repository, tag }) => `${repository}:${tag}`));
  return rows.map(({ repository, tag, admitted }) => {
    if (!admitted) return undefined;
    if (imported.has(`${repository}:${tag}`)) return 'imported';
    return tombstones.get(repository)?.has(tag) ? 'tombstoned' : 'truncated';
  });
}
