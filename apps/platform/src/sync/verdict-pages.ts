import type { SelectQueryBuilder } from 'kysely';
import { readSlice, slice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

/** What the policy says about an image, without saying of which repository. */
export type TagVerdict = { readonly tag: string; readonly admitted: boolean; readonly reason: string };
export type VerdictRow = TagVerdict & { readonly repository: string };

/** Where verdicts come from, repository by repository. */
export type VerdictSource = {
  /** Some of the repositories after this one, or before it, in the order of reading. */
  readonly repositories: (
    from: string | undefined,
    direction: PagePosition['direction'],
  ) => Promise<readonly string[]>;
  /** The verdicts about the tags of a repository, in any order. */
  readonly verdicts: (repository: string) => Promise<readonly TagVerdict[]>;
};

export type VerdictFilter = {
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  readonly admitted: boolean | undefined;
};

/** The sort key of a verdict. */
export function verdictKey({ repository, tag }: VerdictRow): [string, string] {
  return [repository, tag];
}

/** Reads a page of verdicts, by repository and tag. Only the repositories that the page needs are judged. */
export async function readVerdicts(
  source: VerdictSource,
  filter: VerdictFilter,
  position: PagePosition,
  limit: number,
): Promise<Slice<VerdictRow>> {
  const { direction } = position;
  const [fromRepository, fromTag] = (
    position.direction === 'backward' ? position.before : (position.after ?? [])
  ).map(String);
  const rows: VerdictRow[] = [];
  for await (const repository of repositoriesFrom(source, filter.repository, fromRepository, direction)) {
    const isFirst = repository === fromRepository && fromTag !== undefined;
    const verdicts = (await source.verdicts(repository))
      .filter(
        (verdict) => isWanted(verdict, filter) && (!isFirst || isBeyond(verdict.tag, fromTag, direction)),
      )
      .toSorted((a, b) => (isBeyond(a.tag, b.tag, direction) ? 1 : -1));
    rows.push(...verdicts.slice(0, limit + 1 - rows.length).map((verdict) => ({ ...verdict, repository })));
    if (rows.length > limit) break;
  }
  return slice(rows, position, limit);
}

async function* repositoriesFrom(
  source: VerdictSource,
  only: string | undefined,
  from: string | undefined,
  direction: PagePosition['direction'],
): AsyncIterable<string> {
  if (only !== undefined) {
    yield only;
    return;
  }
  if (from !== undefined) yield from;
  for (let last = from; ;) {
    const names = await source.repositories(last, direction);
    yield* names;
    last = names.at(-1);
    if (last === undefined) return;
  }
}

/** Repositories asked for at a time. */
const batch = 50;

/** Reads some repositories of a query after one, or before it, in the order of reading. */
export async function repositoriesBeyond<TB extends keyof Database>(
  query: SelectQueryBuilder<Database, TB, { repository: string }>,
  from: string | undefined,
  direction: PagePosition['direction'],
): Promise<string[]> {
  const position: PagePosition =
    direction === 'backward'
      ? { direction, before: [from ?? ''] }
      : { direction, ...(from !== undefined && { after: [from] }) };
  const { rows } = await readSlice(query, ['repository'], position, batch);
  const names = rows.map(({ repository }) => repository);
  return direction === 'backward' ? names.toReversed() : names;
}

function isWanted({ tag, admitted }: TagVerdict, filter: VerdictFilter): boolean {
  return (
    (filter.admitted === undefined || filter.admitted === admitted) &&
    (filter.tag === undefined || filter.tag === tag)
  );
}

function isBeyond(tag: string, from: string, direction: PagePosition['direction']): boolean {
  return direction === 'forward' ? tag > from : tag < from;
}
