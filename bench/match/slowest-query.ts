import { CompiledQuery, type Kysely, type KyselyPlugin, type QueryId, type RootOperationNode } from 'kysely';

/** Watches the queries of a database handle and explains the one that took longest. */
export class SlowestQuery implements KyselyPlugin {
  readonly #running = new WeakMap<QueryId, { node: RootOperationNode; start: number }>();
  #slowest: { node: RootOperationNode; queryId: QueryId; ms: number } | undefined;

  forget(): void {
    this.#slowest = undefined;
  }

  transformQuery({ node, queryId }: Parameters<KyselyPlugin['transformQuery']>[0]): RootOperationNode {
    this.#running.set(queryId, { node, start: performance.now() });
    return node;
  }

  async transformResult({ result, queryId }: Parameters<KyselyPlugin['transformResult']>[0]) {
    const query = this.#running.get(queryId);
    const ms = performance.now() - (query?.start ?? 0);
    if (query && ms > (this.#slowest?.ms ?? 0)) this.#slowest = { node: query.node, queryId, ms };
    return result;
  }

  /** The plan of the slowest query since `forget`, run once more in a transaction that is rolled back. */
  async explain<Tables>(db: Kysely<Tables>): Promise<string[]> {
    const slowest = this.#slowest;
    if (!slowest) return [];
    const { sql, parameters } = db.getExecutor().compileQuery(slowest.node, slowest.queryId);
    const transaction = await db.startTransaction().execute();
    try {
      const explained = `explain (analyze, costs off, timing off, buffers off) ${sql}`;
      const { rows } = await transaction.executeQuery<{ 'QUERY PLAN': string }>(
        CompiledQuery.raw(explained, [...parameters]),
      );
      const text = sql.replace(/\s+/g, ' ').slice(0, 100);
      return [
        `slowest query, ${slowest.ms.toFixed(1)} ms: ${text} ..`,
        ...rows.map((row) => `  ${row['QUERY PLAN']}`),
      ];
    } finally {
      await transaction.rollback().execute();
    }
  }
}
