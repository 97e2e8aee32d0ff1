import { imageName, type Candidate } from './candidate.ts';
import {
  startPlan,
  type ExistingProject,
  type PlanSettings,
  type RepositoryState,
  type SyncPlan,
} from './start-plan.ts';

/** A whole registry as a test writes it down. */
export type PlanInput = PlanSettings & {
  readonly candidates: readonly Candidate[];
  readonly projects: readonly ExistingProject[];
  /** `repository:tag` of projects that a person deleted. */
  readonly tombstones: ReadonlySet<string>;
  readonly completeRepositories: ReadonlySet<string>;
};

/** Plans a registry at once, repository by repository. */
export function planSync(input: PlanInput): SyncPlan {
  const plan = startPlan(input);
  for (const state of statesOf(input)) plan.add(state);
  return plan.end();
}

function statesOf({ candidates, projects, tombstones, completeRepositories }: PlanInput): RepositoryState[] {
  const observed = Map.groupBy(candidates, ({ repository }) => repository);
  const existing = Map.groupBy(projects, ({ repository }) => repository);
  return [...new Set([...observed.keys(), ...existing.keys()])].map((repository) => ({
    repository,
    candidates: observed.get(repository) ?? [],
    projects: existing.get(repository) ?? [],
    tombstones: new Set(
      (observed.get(repository) ?? []).filter((one) => tombstones.has(imageName(one))).map(({ tag }) => tag),
    ),
    isComplete: completeRepositories.has(repository),
  }));
}
