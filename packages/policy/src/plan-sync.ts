import type { ImportPolicy } from '@plimsoll/contracts';
import { imageName, type Candidate, type Verdict } from './candidate.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import { newestFirst } from './newest-first.ts';
import { planPrune, type PrunePlan } from './plan-prune.ts';

/** Images imported per run unless configured otherwise; the rest comes in the next runs. */
export const defaultImportLimit = 10_000;

/** A project of the integration, as it is before the run. */
export type ExistingProject = {
  readonly repository: string;
  readonly tag: string;
  /** Who made it: a sync, which may delete it again, or a person, whose projects sync never deletes. */
  readonly source: 'sync' | 'manual';
  readonly digest?: string;
  /** Its last scan failed, so that it has nothing to show. */
  readonly isUnread: boolean;
};

export type SyncPlanInput = {
  readonly policy: ImportPolicy;
  /** What this run observed. */
  readonly candidates: readonly Candidate[];
  readonly projects: readonly ExistingProject[];
  /** `repository:tag` of projects that a person deleted: a sync does not import them again. */
  readonly tombstones: ReadonlySet<string>;
  /** Repositories whose tags this run listed completely and without an error, empty and vanished ones included. */
  readonly completeRepositories: ReadonlySet<string>;
  /** The policy was changed after the last run, so that many deletions are what somebody asked for. */
  readonly isPolicyChanged: boolean;
  readonly now: Date;
  readonly limit?: number;
};

/** What a sync run is going to do, newest first, and why. Counts are of images, that is of `repository:tag`. */
export type SyncPlan = {
  /** New images: a project is made and the image scanned. */
  readonly toImport: Verdict[];
  /** Projects whose tag points at another digest now, or whose last scan failed: scanned again. */
  readonly toRescan: Verdict[];
  readonly prune: PrunePlan;
  /** What the policy says about each candidate, in their order. */
  readonly verdicts: readonly Verdict[];
  readonly counts: {
    readonly observed: number;
    readonly matched: number;
    readonly alreadyImported: number;
    readonly tombstoned: number;
    /** New images beyond the limit; the next runs import them. */
    readonly truncated: number;
  };
};

/** Decides what one sync run imports, scans again and deletes. */
export function planSync(input: SyncPlanInput): SyncPlan {
  const { policy, candidates, projects, tombstones, now, limit = defaultImportLimit } = input;
  const projectsByName = new Map(projects.map((project) => [imageName(project), project]));
  const verdicts = evaluatePolicy(policy.import_policy, candidates, now);
  const admitted = verdicts.filter((verdict) => verdict.admitted);

  const fresh: Verdict[] = [];
  const toRescan: Verdict[] = [];
  let tombstoned = 0;
  for (const verdict of admitted) {
    const name = imageName(verdict.candidate);
    const project = projectsByName.get(name);
    const rescanReason = project && whyRescan(project, verdict.candidate);
    if (rescanReason) toRescan.push({ ...verdict, reason: rescanReason });
    else if (!project && tombstones.has(name)) tombstoned += 1;
    else if (!project) fresh.push(verdict);
  }

  const admittedNames = new Set(admitted.map(({ candidate }) => imageName(candidate)));
  return {
    toImport: newestFirst(fresh, ({ candidate }) => candidate).slice(0, limit),
    toRescan: newestFirst(toRescan, ({ candidate }) => candidate),
    prune: planPrune({ ...input, admittedNames }),
    verdicts,
    counts: {
      observed: candidates.length,
      matched: admitted.length,
      alreadyImported: admitted.length - fresh.length - tombstoned,
      tombstoned,
      truncated: Math.max(0, fresh.length - limit),
    },
  };
}

/** Why an admitted image that has a project is scanned again; undefined when it is not. */
export function whyRescan(project: ExistingProject, candidate: Candidate): string | undefined {
  // A digest that could not be learned this time says nothing about a move.
  if (candidate.digest !== undefined && candidate.digest !== project.digest) return 'the tag was moved';
  if (project.isUnread) return 'the last scan failed';
  return undefined;
}
