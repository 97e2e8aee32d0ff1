import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Database } from '../database/schema.ts';

/**
 * One kind of background work. Work is delivered at least once: a handler must be able to run again after a crash.
 * A handler that throws is retried with back-off, at most `retries` times.
 */
export type JobDefinition<T = unknown> = {
  /** Also the name of the queue: `sync.run`, `scan.dispatch`. */
  readonly name: string;
  readonly data: z.ZodType<T>;
  /** How many of these one process works on at a time. */
  readonly concurrency: number;
  readonly retries: number;
  /** Longest one run may take, seconds; after that another process may take the job over. */
  readonly expireInSeconds: number;
  /** Runs it at each tick of this cron expression, with `{}` as data. */
  readonly cron?: string;
  handle(data: T, signal: AbortSignal): Promise<void>;
};

export type SendOptions = {
  /** Enqueues in this transaction, so that the job exists exactly when the row it concerns does. */
  readonly transaction?: Kysely<Database>;
  readonly startAfterSeconds?: number;
  /**
   * At most one queued job per key, but for jobs of transactions, each of which is one more: a handler finds out by
   * itself that there is nothing left to do, also while another one works on the same.
   */
  readonly singletonKey?: string;
  /** Jobs of one group never take all the workers: fairness between integrations. */
  readonly group?: string;
};

/** The queue. Everything that must not be lost goes through it. */
export type Jobs = {
  send(name: string, data: object, options?: SendOptions): Promise<void>;
};
