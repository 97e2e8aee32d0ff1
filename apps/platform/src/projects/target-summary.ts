import { scanStatuses, type Target } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { readCounts } from './issue-counts.ts';

/** What the projects of each target come to; one statement for all of them. */
export async function targetSummaries(
  db: Kysely<Database>,
  targetIds: readonly string[],
  at: Date,
): Promise<Map<string, Target['meta']>> {
  if (targetIds.length === 0) return new Map();
  const [totals, worst] = await Promise.all([statusTotals(db, targetIds), worstProjects(db, targetIds, at)]);
  return new Map(
    targetIds.map((id) => {
      const own = totals.filter((row) => row.target_id === id);
      const bad = worst.find((row) => row.target_id === id);
      const pushed = own.flatMap((row) => row.newest?.getTime() ?? []);
      const statuses = scanStatuses.map((status) => {
        const row = own.find(({ scan_status: of }) => of === status);
        return [status, row?.total ?? 0] as const;
      });
      const meta: Target['meta'] = {
        project_count: own.reduce((sum, row) => sum + row.total, 0),
        scan_statuses: Object.fromEntries(statuses) as Target['meta']['scan_statuses'],
        ...(bad && {
          worst_project: {
            id: bad.id,
            target_reference: bad.tag,
            issue_counts: readCounts(bad, at),
          },
        }),
        ...(pushed.length > 0 && { newest_pushed_at: new Date(Math.max(...pushed)).toISOString() }),
      };
      return [id, meta];
    }),
  );
}

async function statusTotals(db: Kysely<Database>, targetIds: readonly string[]) {
  return await db
    .selectFrom('project')
    .select(['target_id', 'scan_status'])
    .select((select) => [
      select.fn.countAll<number>().as('total'),
      select.fn.max<Date | null>('pushed_at').as('newest'),
    ])
    .where('target_id', 'in', targetIds)
    .groupBy(['target_id', 'scan_status'])
    .execute();
}

async function worstProjects(db: Kysely<Database>, targetIds: readonly string[], at: Date) {
  let query = db
    .selectFrom('project')
    .distinctOn('target_id')
    .select(['target_id', 'id', 'tag', 'issue_counts', 'issue_ignored', 'issue_counts_at'])
    .where('target_id', 'in', targetIds)
    .where('issue_counts_at', 'is not', null)
    .orderBy('target_id');
  for (const severity of ['critical', 'high', 'medium', 'low', 'negligible', 'unknown']) {
    query = query.orderBy(
      sql`open_issue_count(issue_counts, issue_ignored, ${severity}, ${at.getTime()})`,
      'desc',
    );
  }
  return await query.orderBy('tag').execute();
}
