import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type { Pool } from 'pg';
import type { Database } from '../database/schema.ts';

/** A process of the platform died here. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** When a process dies: at its nth statement, before that is sent or after the database has done it. */
export type CrashPoint = { readonly statement: number; readonly isDone: boolean };

/** A process that dies: from then on nothing it does reaches the database, and its connections are closed. */
export type MortalProcess = { readonly db: Kysely<Database>; isDead(): boolean };

/** Starts a process on the pool of all processes; without a crash point it lives. Commits count as statements. */
export function startProcess(pool: Pool, crash: CrashPoint | undefined): MortalProcess {
  let statements = 0;
  let isDead = false;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (isDead) throw new Crash('the process is dead');
    statements += 1;
    const dies = statements === crash?.statement;
    if (dies && !crash.isDone) {
      isDead = true;
      throw new Crash(`died before statement ${statements}`);
    }
    const result = await work();
    if (dies) isDead = true;
    if (isDead) throw new Crash(`died after statement ${statements}`);
    return result;
  }

  const mortal: PostgresPool = {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const wrapped = {
        query: (text: string, values: readonly unknown[]) =>
          run(() => client.query(text, [...(values ?? [])])),
        // A dead process's connection closes, and the database rolls back what was open on it.
        release: () => client.release(isDead),
      };
      return wrapped as unknown as PostgresPoolClient;
    },
    end: async () => {},
  };
  return {
    db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: mortal }) }),
    isDead: () => isDead,
  };
}
