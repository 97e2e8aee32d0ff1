import { severities } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What findings are counted by: their severity, or that they are hidden. */
const kinds = [...severities, 'hidden'] as const;
const kindIndex: ReadonlyMap<string, number> = new Map(kinds.map((kind, index) => [kind, index]));

/**
 * Counts the findings of packages, each package once however many images hold it: a fleet of images shares far fewer
 * packages than it has.
 */
export class PackageCounts {
  readonly #db: Kysely<Database>;
  /** By package id, which count up from 1; a package without findings has an empty entry. */
  #known: (readonly number[] | undefined)[] = [];

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** The counters of images as the database keeps them: a number per kind that occurs. */
  async ofImages(
    images: readonly { readonly packageIds: readonly number[] }[],
  ): Promise<Record<string, number>[]> {
    const missing = new Set<number>();
    for (const { packageIds } of images) {
      for (const id of packageIds) if (this.#known[id] === undefined) missing.add(id);
    }
    await this.#learn([...missing]);
    return images.map(({ packageIds }) => {
      const sums = kinds.map(() => 0);
      for (const id of packageIds) {
        const counts = this.#known[id] ?? none;
        for (let i = 0; i < counts.length; i++) sums[i] = (sums[i] ?? 0) + (counts[i] ?? 0);
      }
      return Object.fromEntries(kinds.flatMap((kind, index) => (sums[index] ? [[kind, sums[index]]] : [])));
    });
  }

  async #learn(missing: readonly number[]): Promise<void> {
    if (missing.length === 0) return;
    const { rows } = await sql<{ package_id: number; kind: string; amount: number }>`
      select package_id, case when hidden_reason is null then severity else 'hidden' end as kind,
        count(*)::integer as amount
      from finding where package_id = any(${missing}::integer[]) group by 1, 2`.execute(this.#db);
    for (const id of missing) this.#known[id] = none;
    for (const [id, own] of Map.groupBy(rows, (row) => row.package_id)) {
      const counts = kinds.map(() => 0);
      for (const { kind, amount } of own) counts[kindIndex.get(kind) ?? unknownIndex] = amount;
      this.#known[id] = counts;
    }
  }
}

const none: readonly number[] = [];
const unknownIndex = kinds.indexOf('unknown');
