import { randomUUID } from 'node:crypto';
import type { Logger } from '@plimsoll/runtime';
import { fromKysely, PgBoss, type Job } from 'pg-boss';
import type { JobDefinition, Jobs, SendOptions } from './jobs.ts';

/** Connections of the queue, beside the platform's own pool. */
const maxConnections = 4;
/** A worker that has not said for so long that it lives is dead, seconds; its jobs go to another. */
const heartbeatSeconds = 20;
/** How often dead and late jobs are looked for, seconds. */
const monitorSeconds = 10;
/** First delay before a retry, seconds; doubled each time with jitter, up to the cap. */
const retryDelaySeconds = { first: 2, cap: 600 };
/** New jobs are told by NOTIFY; delayed ones and retries are found by asking so often, seconds. */
const pollingSeconds = 2;
/** Finished jobs are kept so long for people who look for what happened, seconds. */
const keepFinishedSeconds = 24 * 60 * 60;
/** How long handlers get to finish once their signal is aborted, milliseconds. */
const abortGraceMs = 2_000;

/** Why the queue refuses. */
export type JobsErrorCode = 'not-started' | 'unknown-job' | 'duplicate-job' | 'missing-definition';

/** The queue cannot do what was asked. */
export class JobsError extends Error {
  override readonly name = 'JobsError';
  readonly code: JobsErrorCode;

  constructor(code: JobsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type JobsOptions = {
  readonly connectionString: string;
  readonly log: Logger;
  /** The first pause before a retry and the longest, seconds; those of `retryDelaySeconds` unless told. */
  readonly retryDelaySeconds?: { readonly first: number; readonly cap: number };
};

/** Makes the queue on pg-boss (https://pgboss.io), which keeps its tables in the schema `pgboss` of the database. */
export function createJobs(options: JobsOptions): JobQueue {
  return new JobQueue(options);
}

/** The queue and its workers. */
export class JobQueue implements Jobs {
  readonly #options: JobsOptions;
  #definitions: ReadonlyMap<string, JobDefinition> = new Map();
  #boss: PgBoss | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /**
   * Opens the queue for all these jobs; with `work` this process also runs them.
   * @throws {JobsError} when two definitions have one name, or when jobs wait that nobody here could run.
   */
  async start(definitions: readonly JobDefinition[], { work }: { work: boolean }): Promise<void> {
    this.#definitions = byName(definitions);
    const boss = new PgBoss({
      connectionString: this.#options.connectionString,
      max: maxConnections,
      application_name: 'plimsoll-jobs',
      useListenNotify: work,
      supervise: work,
      schedule: work,
      superviseIntervalSeconds: monitorSeconds,
      monitorIntervalSeconds: monitorSeconds,
    });
    boss.on('error', (error) => this.#options.log.error({ err: error }, 'job queue failed'));
    boss.on('warning', (warning) => this.#options.log.warn({ warning }, 'job queue warned'));
    await boss.start();
    this.#boss = boss;
    for (const definition of definitions) await declare(boss, definition, this.#options.retryDelaySeconds);
    if (!work) return;

    await refuseOrphans(boss, this.#definitions);
    for (const definition of definitions) await this.#work(boss, definition);
  }

  async send(name: string, data: object, options: SendOptions = {}): Promise<void> {
    const boss = this.#started();
    if (!this.#definitions.has(name)) throw new JobsError('unknown-job', `No job is called ${name}`);
    await boss.send(name, data, {
      // The queues let one job per key wait; a job without a key gets one of its own. So does one in a transaction: the
      // one that waits already may begin, and find nothing to do, before what the transaction writes can be seen.
      singletonKey: (options.transaction === undefined && options.singletonKey) || randomUUID(),
      ...(options.transaction && { db: fromKysely(options.transaction) }),
      ...(options.startAfterSeconds !== undefined && { startAfter: options.startAfterSeconds }),
      ...(options.group !== undefined && { group: { id: options.group } }),
    });
  }

  /** For readiness: true, or what is wrong. */
  async check(): Promise<true | string> {
    if (!this.#boss) return 'not started';
    await this.#boss.schemaVersion();
    return true;
  }

  /** Takes no new jobs, lets running ones finish for so long, then aborts them; what is left is run again later. */
  async stop(finishMs: number): Promise<void> {
    const boss = this.#boss;
    this.#boss = undefined;
    await boss?.stop({ graceful: true, timeout: finishMs });
    await Promise.race([Promise.allSettled(this.#running), sleepUnref(abortGraceMs)]);
  }

  #started(): PgBoss {
    if (!this.#boss) throw new JobsError('not-started', 'The job queue is not started');
    return this.#boss;
  }

  async #work(boss: PgBoss, definition: JobDefinition): Promise<void> {
    const { name, concurrency, cron } = definition;
    await boss.work<unknown>(
      name,
      {
        localConcurrency: concurrency,
        // One worker is left for others, whatever one group asks for.
        localGroupConcurrency: Math.max(1, concurrency - 1),
        pollingIntervalSeconds: pollingSeconds,
        notifyPollingIntervalSeconds: pollingSeconds,
      },
      async ([job]) => {
        if (!job) return;
        try {
          await this.#run(definition, job);
        } finally {
          wakeBusyWorkers(boss, name);
        }
      },
    );
    if (cron) await boss.schedule(name, cron, {});
    else await boss.unschedule(name);
  }

  async #run(definition: JobDefinition, job: Job<unknown>): Promise<void> {
    const { log } = this.#options;
    const started = performance.now();
    const fields = { job: definition.name, jobId: job.id, attempt: job.retryCount };
    const run = (async () => definition.handle(definition.data.parse(job.data ?? {}), job.signal))();
    this.#running.add(run);
    try {
      await run;
      log.debug({ ...fields, ms: Math.round(performance.now() - started) }, 'job finished');
    } catch (error) {
      const last = job.retryCount >= definition.retries;
      log[last ? 'error' : 'warn']({ ...fields, err: error }, last ? 'job failed' : 'job will be retried');
      throw error;
    } finally {
      this.#running.delete(run);
    }
  }
}

function byName(definitions: readonly JobDefinition[]): ReadonlyMap<string, JobDefinition> {
  const map = new Map(definitions.map((definition) => [definition.name, definition]));
  if (map.size !== definitions.length) throw new JobsError('duplicate-job', 'Two jobs have the same name');
  return map;
}

/** Makes the queue, or changes its settings to this release's. */
async function declare(
  boss: PgBoss,
  { name, retries, expireInSeconds }: JobDefinition,
  delay = retryDelaySeconds,
): Promise<void> {
  const settings = {
    notify: true,
    retryLimit: retries,
    retryBackoff: true,
    retryDelay: delay.first,
    retryDelayMax: delay.cap,
    expireInSeconds,
    heartbeatSeconds,
    deleteAfterSeconds: keepFinishedSeconds,
  };
  await boss.createQueue(name, { policy: 'short', ...settings });
  await boss.updateQueue(name, settings);
}

/** A job that waits for a handler that does not exist would wait for ever, silently. */
async function refuseOrphans(boss: PgBoss, known: ReadonlyMap<string, JobDefinition>): Promise<void> {
  const queues = await boss.getQueues();
  for (const { name } of queues.filter(({ name }) => !known.has(name) && !name.startsWith('__pgboss'))) {
    const waiting = await boss.findJobs(name, { queued: true });
    if (waiting.length === 0) continue;
    throw new JobsError(
      'missing-definition',
      `${waiting.length} jobs called ${name} are waiting and this release has no handler for them`,
    );
  }
}

/** Makes a worker that has just finished look for the next job at once instead of after its polling interval. */
function wakeBusyWorkers(boss: PgBoss, name: string): void {
  for (const worker of boss.getWipData()) {
    if (worker.name === name && worker.count > 0) boss.notifyWorker(worker.id);
  }
}

function sleepUnref(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
