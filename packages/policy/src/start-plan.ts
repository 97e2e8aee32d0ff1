import type { ImportPolicy } from '@plimsoll/contracts';
import type { Candidate, Verdict } from './candidate.ts';
import { policyEvaluator } from './evaluate-policy.ts';
import { newestFirst } from './newest-first.ts';
import { planPrune, startPrunePlan, type PrunePlan } from './plan-prune.ts';

/** Images imported or scanned again per run unless configured otherwise; the rest comes in the next runs. */
export const defaultImportLimit = 10_000;

/** A project of the integration, as it is before the run. */
export type ExistingProject = {
  /** The caller's name for it. */
  readonly id: string;
  readonly repository: string;
  readonly tag: string;
  /** Who made it: a sync, which may delete it again, or a person, whose projects sync never deletes. */
  readonly source: 'sync' | 'manual';
  readonly digest?: string;
  /** Its last scan failed, so that it has nothing to show. */
  readonly isUnread: boolean;
  /** A person undid its deletion: it is not deleted again before a policy has admitted it once. */
  readonly isKept: boolean;
};

export type PlanSettings = {
  readonly policy: ImportPolicy;
  /** The policy was changed after the last run, so that many deletions are what somebody asked for. */
  readonly isPolicyChanged: boolean;
  /** An earlier pass of the run has held its deletions: then they stay held, whatever it has imported since. */
  readonly wasHeld?: boolean;
  /** Frozen at the start of the run. */
  readonly now: Date;
  /** Images that the run may import or scan again; `defaultImportLimit` when absent. */
  readonly limit?: number;
};

/** One repository of the registry, or one that has projects only. */
export type RepositoryState = {
  readonly repository: string;
  /** What this run observed in it. */
  readonly candidates: readonly Candidate[];
  readonly projects: readonly ExistingProject[];
  /** Tags whose project a person deleted: a sync does not import them again. */
  readonly tombstones: ReadonlySet<string>;
  /** Its tags were listed completely and without an error; an empty and a vanished one are complete too. */
  readonly isComplete: boolean;
};

/** What a sync run is going to do, newest first, and why. Counts are of images, that is of `repository:tag`. */
export type SyncPlan = {
  /** New images: a project is made and the image scanned. */
  readonly toImport: Verdict[];
  /** Projects whose tag points at another digest now, or whose last scan failed: scanned again. */
  readonly toRescan: Verdict[];
  readonly prune: PrunePlan;
  /** Kept projects that the policy admits again: from now on they may be deleted like others. */
  readonly toRelease: ExistingProject[];
  readonly counts: {
    readonly observed: number;
    readonly matched: number;
    readonly alreadyImported: number;
    readonly tombstoned: number;
    /** New and moved images, and failed scans, beyond the limit; the next runs take them. */
    readonly truncated: number;
  };
};

/** A plan in the making. */
export type Planner = {
  /** Judges a repository; each is added once, in any order. @returns one verdict per candidate, in their order. */
  add(state: RepositoryState): readonly Verdict[];
  /** The plan about everything that was added. */
  end(): SyncPlan;
};

/**
 * Decides what one sync run imports, scans again and deletes. Policies judge each repository by itself, so a registry
 * is planned one repository after the other: what is kept of it is what is to be done.
 */
export function startPlan({
  policy,
  isPolicyChanged,
  wasHeld = false,
  now,
  limit = defaultImportLimit,
}: PlanSettings): Planner {
  const evaluate = policyEvaluator(policy.import_policy, now);
  const changed = newestOf(limit);
  const failed = newestOf(limit);
  const prune = startPrunePlan();
  const toRelease: ExistingProject[] = [];
  const counts = { observed: 0, matched: 0, alreadyImported: 0, tombstoned: 0 };

  return {
    add(state) {
      const verdicts = evaluate(state.candidates);
      const projects = new Map(state.projects.map((project) => [project.tag, project]));
      const admittedTags = new Set<string>();
      for (const verdict of verdicts) {
        if (!verdict.admitted) continue;
        const { tag } = verdict.candidate;
        admittedTags.add(tag);
        const project = projects.get(tag);
        if (project) {
          counts.alreadyImported += 1;
          const reason = whyRescan(project, verdict.candidate);
          if (reason !== undefined)
            (reason === failedBefore ? failed : changed).add({ ...verdict, reason }, true);
          if (project.isKept) toRelease.push(project);
        } else if (state.tombstones.has(tag)) counts.tombstoned += 1;
        else changed.add(verdict, false);
      }
      counts.observed += verdicts.length;
      counts.matched += admittedTags.size;
      planPrune(prune, policy, state, admittedTags);
      return verdicts;
    },
    end() {
      // What fails again and again must not keep what is new and what was moved from being taken.
      const first = changed.newest();
      const again = failed.newest().slice(0, limit - first.length);
      const rescans = [...first.filter(({ isRescan }) => isRescan), ...again].map(({ verdict }) => verdict);
      return {
        toImport: first.filter(({ isRescan }) => !isRescan).map(({ verdict }) => verdict),
        toRescan: newestFirst(rescans, ({ candidate }) => candidate),
        prune: prune.end({ isPolicyChanged, wasHeld }),
        toRelease,
        counts: { ...counts, truncated: changed.count() + failed.count() - first.length - again.length },
      };
    },
  };
}

const failedBefore = 'the last scan failed';

/** Why an admitted image that has a project is scanned again; undefined when it is not. */
export function whyRescan(project: ExistingProject, candidate: Candidate): string | undefined {
  // A digest that could not be learned this time says nothing about a move.
  if (candidate.digest !== undefined && candidate.digest !== project.digest) return 'the tag was moved';
  if (project.isUnread) return failedBefore;
  return undefined;
}

type Work = { readonly verdict: Verdict; readonly isRescan: boolean };

/** Collects images to work on and keeps the newest ones, so that a million of them need the room of some thousands. */
function newestOf(limit: number) {
  let kept: Work[] = [];
  let count = 0;
  const newest = () => newestFirst(kept, ({ verdict }) => verdict.candidate).slice(0, limit);
  return {
    add(verdict: Verdict, isRescan: boolean): void {
      count += 1;
      if (limit === 0) return;
      kept.push({ verdict, isRescan });
      // At twice the limit, sorting costs little for each verdict.
      if (kept.length >= 2 * limit + 1_000) kept = newest();
    },
    newest,
    count: () => count,
  };
}
