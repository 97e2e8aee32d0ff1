import type { ImportPolicy } from '@plimsoll/contracts';
import type { ExistingProject, RepositoryState } from './start-plan.ts';

/** A deletion of more projects than this, or of a larger share, is suspicious (platform-api.md A16). */
export const pruneGuard = { projects: 500, share: 0.5 } as const;

/** A project that is to be deleted, and why. */
export type Doomed = { readonly project: ExistingProject; readonly reason: string };

/** Projects that a run deletes, each with the reason; what is held is deleted only when a person says so. */
export type PrunePlan = {
  readonly toPrune: readonly Doomed[];
  /** Present when the deletion looks like an accident: then `toPrune` is empty. */
  readonly held?: { readonly toPrune: readonly Doomed[]; readonly reason: string };
};

/** Deletions in the making: what goes, and among how many. */
export type PrunePlanner = {
  readonly doomed: Doomed[];
  /** Counts projects that a sync made, and that it therefore could delete. */
  count(projects: number): void;
  end(before: { readonly isPolicyChanged: boolean; readonly wasHeld: boolean }): PrunePlan;
};

/** Begins a plan of deletions; `end` holds all of them when they are many and the policy was not changed. */
export function startPrunePlan(): PrunePlanner {
  const doomed: Doomed[] = [];
  let madeBySync = 0;
  return {
    doomed,
    count(projects) {
      madeBySync += projects;
    },
    end({ isPolicyChanged, wasHeld }) {
      const isMany = doomed.length > pruneGuard.projects || doomed.length > madeBySync * pruneGuard.share;
      if (doomed.length === 0 || !(isMany || wasHeld) || isPolicyChanged) return { toPrune: doomed };
      const reason = `${doomed.length} of ${madeBySync} projects would be deleted although the policy did not change`;
      return { toPrune: [], held: { toPrune: doomed, reason } };
    },
  };
}

/**
 * Decides which projects of a repository go: only with `delete_images`, only what a sync made and no person keeps, only
 * when the repository was listed completely. `admittedTags` holds those beyond the limit of a run too.
 */
export function planPrune(
  plan: PrunePlanner,
  policy: ImportPolicy,
  { candidates, projects, isComplete }: RepositoryState,
  admittedTags: ReadonlySet<string>,
): void {
  if (!policy.delete_images) return;
  const madeBySync = projects.filter((project) => project.source === 'sync');
  plan.count(madeBySync.length);
  if (!isComplete) return;
  const gone = madeBySync.filter(({ tag, isKept }) => !isKept && !admittedTags.has(tag));
  if (gone.length === 0) return;
  const observedTags = new Set(candidates.map(({ tag }) => tag));
  for (const project of gone) {
    const isThere = observedTags.has(project.tag);
    const reason = isThere ? 'the policy no longer admits it' : 'the tag is gone from the registry';
    plan.doomed.push({ project, reason });
  }
}
