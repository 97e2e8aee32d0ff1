import type { EpssScore } from '@plimsoll/advisories';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Rows per statement: 300,000 CVEs have a score. */
const chunkRows = 20_000;

/** Makes these the scores; of a CVE that comes twice the last counts. Run it in a transaction. @returns how many differ. */
export async function replaceScores(db: Kysely<Database>, scores: readonly EpssScore[]): Promise<number> {
  const distinct = [...new Map(scores.map((score) => [score.cve, score])).values()];
  const [first] = distinct;
  if (!first) return 0;
  await sql`create temporary table new_score (cve text, probability real, percentile real) on commit drop`.execute(
    db,
  );
  for (let start = 0; start < distinct.length; start += chunkRows) {
    const chunk = distinct.slice(start, start + chunkRows);
    await sql`
      insert into new_score
      select * from unnest(
        ${chunk.map(({ cve }) => cve)}::text[],
        ${chunk.map(({ probability }) => probability)}::real[],
        ${chunk.map(({ percentile }) => percentile)}::real[]
      )`.execute(db);
  }
  const { model, scoredOn } = first;
  const { numAffectedRows: written = 0n } = await sql`
    insert into epss_score (cve, probability, percentile, model, scored_on)
    select cve, probability, percentile, ${model}, ${scoredOn}::date from new_score
    on conflict (cve) do update set probability = excluded.probability, percentile = excluded.percentile,
      model = excluded.model, scored_on = excluded.scored_on
    where (epss_score.probability, epss_score.percentile, epss_score.model, epss_score.scored_on)
      is distinct from (excluded.probability, excluded.percentile, excluded.model, excluded.scored_on)`.execute(
    db,
  );
  const { numAffectedRows: gone = 0n } = await sql`
    delete from epss_score where not exists (select from new_score where new_score.cve = epss_score.cve)`.execute(
    db,
  );
  return Number(written + gone);
}

/** The scores of those of these CVEs that have one. */
export async function readScores(
  db: Kysely<Database>,
  cves: readonly string[],
): Promise<ReadonlyMap<string, EpssScore>> {
  const rows = await db
    .selectFrom('epss_score')
    .select(['cve', 'probability', 'percentile', 'model', sql<string>`scored_on::text`.as('scoredOn')])
    .where(sql<boolean>`cve = any(${cves})`)
    .execute();
  return new Map(rows.map((row) => [row.cve, row]));
}
