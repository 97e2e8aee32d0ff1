import type { Issue } from '@plimsoll/contracts';
import type { Finding } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import { readExploitation, worstOf } from '../advisories/index.ts';
import type { Database } from '../database/schema.ts';
import { baseImages } from '../inventories/index.ts';
import { readIgnores } from '../triage/ignore-store.ts';
import { issueIgnore } from '../triage/issue-ignore.ts';
import { readVexStatements } from '../triage/vex-facts.ts';
import type { IssueRow } from './issue-store.ts';

/** What is known of an issue beside its row: exploitation, and whether its package came with the base image. */
export type IssueFacts = ReturnType<typeof worstOf> & {
  readonly isInBase?: boolean;
  /** The rule that ignores it. */
  readonly ignore?: Issue['attributes']['ignore'];
  /** What the newest VEX statement says. */
  readonly vex?: Issue['attributes']['vex'];
};

/** Reads it for a page of issues, in few queries, and answers for each of them. */
export async function issueFacts(
  db: Kysely<Database>,
  rows: readonly IssueRow[],
): Promise<(row: IssueRow) => IssueFacts> {
  const exploitation = await readExploitation(db, rows.flatMap(idsOf));
  const bases = await baseImages(db, [...new Set(rows.map((row) => row.image_id))]);
  const ignores = await readIgnores(
    db,
    rows.flatMap((row) => row.ignored_by ?? []),
  );
  const statements = await readVexStatements(
    db,
    rows.flatMap((row) => row.vex_statement ?? []),
  );
  return (row) => {
    const vex = statements.get(row.vex_statement ?? -1);
    const ignore = ignores.get(row.ignored_by ?? '');
    const layers = bases.get(row.image_id)?.layers;
    const isLayerKnown = row.layer !== null && row.layer >= 0;
    return {
      ...worstOf(exploitation, idsOf(row)),
      ...(layers !== undefined && isLayerKnown && { isInBase: (row.layer ?? 0) < layers }),
      ...(ignore && { ignore: issueIgnore(ignore) }),
      ...(vex && { vex }),
    };
  };
}

function idsOf(row: IssueRow): string[] {
  // Written by our own findings module from this type.
  return (row.detail as Finding).problems.map(({ id }) => id);
}
