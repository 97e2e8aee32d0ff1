import { imageName } from './candidate.ts';
import type { ExistingProject, SyncPlanInput } from './plan-sync.ts';

/** A deletion of more projects than this, or of a larger share, is suspicious (platform-api.md A16). */
export const pruneGuard = { projects: 500, share: 0.5 } as const;

/** Projects that a run deletes, each with the reason; `held` keeps all of them until a person has looked. */
export type PrunePlan = {
  readonly toPrune: { readonly project: ExistingProject; readonly reason: string }[];
  /** Why nothing is deleted although something could be; absent when `toPrune` holds all there is. */
  readonly held?: { readonly projects: number; readonly reason: string };
};

type PruneInput = Pick<
  SyncPlanInput,
  'policy' | 'candidates' | 'projects' | 'completeRepositories' | 'isPolicyChanged'
> & {
  /** Names the policy admits, those beyond the limit of a run included. */
  readonly admittedNames: ReadonlySet<string>;
};

/**
 * Decides which projects go: only with `delete_images`, only projects that a sync made, only in repositories that
 * were listed completely, and never many at once unless the policy was changed.
 */
export function planPrune({
  policy,
  candidates,
  projects,
  completeRepositories,
  isPolicyChanged,
  admittedNames,
}: PruneInput): PrunePlan {
  if (!policy.delete_images) return { toPrune: [] };
  const observedNames = new Set(candidates.map(imageName));
  const madeBySync = projects.filter((project) => project.source === 'sync');
  const toPrune = madeBySync
    .filter((project) => completeRepositories.has(project.repository))
    .filter((project) => !admittedNames.has(imageName(project)))
    .map((project) => ({
      project,
      reason: observedNames.has(imageName(project))
        ? 'the policy no longer admits it'
        : 'the tag is gone from the registry',
    }));

  const isMany =
    toPrune.length > pruneGuard.projects || toPrune.length > madeBySync.length * pruneGuard.share;
  if (!isMany || isPolicyChanged) return { toPrune };
  return {
    toPrune: [],
    held: {
      projects: toPrune.length,
      reason: `${toPrune.length} of ${madeBySync.length} projects would be deleted although the policy did not change`,
    },
  };
}
