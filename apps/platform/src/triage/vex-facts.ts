import type { Issue } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What issues tell of VEX statements, by the statement's id. */
export async function readVexStatements(
  db: Kysely<Database>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, NonNullable<Issue['attributes']['vex']>>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('vex_statement')
    .innerJoin('vex_document', 'vex_document.id', 'vex_statement.document')
    .select([
      'vex_statement.id',
      'vex_statement.status',
      'vex_statement.justification',
      'vex_statement.impact',
      'vex_statement.action',
      'vex_statement.product',
      'vex_statement.component',
      'vex_document.author',
      'vex_document.document_id',
      'vex_document.version',
      'vex_document.format',
      sql<Date>`coalesce(vex_statement.stated_at, vex_document.issued_at, vex_document.imported_at)`.as(
        'stated_at',
      ),
    ])
    .where(sql<boolean>`vex_statement.id = any(${ids}::bigint[])`)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        status: row.status as NonNullable<Issue['attributes']['vex']>['status'],
        ...(row.justification !== null && { justification: row.justification }),
        ...(row.impact !== null && { impact_statement: row.impact }),
        ...(row.action !== null && { action_statement: row.action }),
        product: row.product,
        ...(row.component !== null && { component: row.component }),
        author: row.author,
        stated_at: row.stated_at.toISOString(),
        document_id: row.document_id,
        document_version: row.version,
        format: row.format,
      },
    ]),
  );
}
