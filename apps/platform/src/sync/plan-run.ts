import { startPlan, type PlanSettings, type RepositoryState, type SyncPlan } from '@plimsoll/policy';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { projectStates } from '../projects/project-writes.ts';
import { observedImages, repositorySizes, type Observer } from './observation-store.ts';
import { tombstonedTags } from './tombstone-store.ts';

/** Tags and projects read at a time, more only when one repository has more: little to wait for before work begins. */
const batchSize = 5_000;

export type RunState = {
  readonly observer: Pick<Observer, 'integrationId' | 'runId'>;
  readonly completeRepositories: ReadonlySet<string>;
  /** What the baseline of an observation says about that of the policy. */
  readonly isInBaseline: (baselineAt: Date | null) => boolean;
};

/**
 * Plans what a run has observed, some repositories at a time: a registry of a million tags needs no more room than its
 * largest repository and what there is to do.
 */
export async function planRun(
  db: Kysely<Database>,
  state: RunState,
  settings: PlanSettings,
  signal: AbortSignal,
): Promise<SyncPlan> {
  const plan = startPlan(settings);
  const sizes = await repositorySizes(db, state.observer);
  for await (const repositories of readAhead([...batches(sizes)], (names) => readStates(db, state, names))) {
    signal.throwIfAborted();
    for (const repository of repositories) plan.add(repository);
  }
  return plan.end();
}

async function readStates(
  db: Kysely<Database>,
  { observer, completeRepositories, isInBaseline }: RunState,
  repositories: readonly string[],
): Promise<RepositoryState[]> {
  const { integrationId } = observer;
  const [observed, projects, tombstones] = await Promise.all([
    observedImages(db, observer, repositories, isInBaseline),
    projectStates(db, integrationId, repositories),
    tombstonedTags(db, integrationId, repositories),
  ]);
  return repositories.map((repository) => ({
    repository,
    candidates: observed.get(repository) ?? [],
    projects: projects.get(repository) ?? [],
    tombstones: tombstones.get(repository) ?? new Set(),
    isComplete: completeRepositories.has(repository),
  }));
}

/** Reads one batch while the one before is worked on. */
async function* readAhead<T, R>(batches: readonly T[], read: (batch: T) => Promise<R>): AsyncIterable<R> {
  let next: Promise<R> | undefined;
  for (const [index, batch] of batches.entries()) {
    const current = next ?? read(batch);
    const following = batches[index + 1];
    const result = await current;
    next = following === undefined ? undefined : read(following);
    // Whoever stops in between does not wait for it.
    next?.catch(() => {});
    yield result;
  }
}

function* batches(sizes: readonly { repository: string; size: number }[]): Iterable<string[]> {
  let batch: string[] = [];
  let sum = 0;
  for (const { repository, size } of sizes) {
    if (batch.length > 0 && sum + size > batchSize) {
      yield batch;
      batch = [];
      sum = 0;
    }
    batch.push(repository);
    sum += size;
  }
  if (batch.length > 0) yield batch;
}
