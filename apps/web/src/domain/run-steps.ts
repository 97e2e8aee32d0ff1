import { type SyncRun, syncSteps } from '@plimsoll/contracts';
import { counted, grouping } from './count.ts';

type Step = (typeof syncSteps)[number];

/** One line of what a run has done, does, or has before it. */
export type RunStep = {
  readonly step: Step;
  readonly state: 'done' | 'now' | 'ended' | 'later';
  readonly startedAt?: string;
  /** Milliseconds; absent while it goes on. */
  readonly tookMs?: number;
  /** What came of it, once it is known. */
  readonly sentence?: string;
};

/**
 * What a run has been at, in its order, and what is before it while it is unfinished. A step that came again says
 * its numbers only where it came last. `ended`: the run failed or was cancelled there.
 */
export function runSteps(run: SyncRun): RunStep[] {
  const { status, steps, finished_at: finishedAt } = run.attributes;
  const isOver = ['completed', 'failed', 'cancelled'].includes(status);
  const past = steps.map(({ step, started_at: startedAt }, index): RunStep => {
    const endedAt = steps[index + 1]?.started_at ?? finishedAt;
    const isLast = index === steps.length - 1;
    const comesAgain = steps.slice(index + 1).some((later) => later.step === step);
    const ending = isOver ? (status === 'completed' ? 'done' : 'ended') : 'now';
    return {
      step,
      state: isLast ? ending : 'done',
      startedAt,
      ...(endedAt !== undefined && { tookMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) }),
      ...(!comesAgain && { sentence: sentenceOf(step, run) }),
    };
  });
  if (isOver) return past;
  const reached = syncSteps.indexOf(steps.at(-1)?.step ?? 'listing');
  const later = syncSteps.slice(steps.length === 0 ? 0 : reached + 1);
  return [...past, ...later.map((step): RunStep => ({ step, state: 'later' }))];
}

type Counts = SyncRun['attributes']['counts'];

/** What came of each step, in parts; what is false is left out. */
const sentences: Readonly<Record<Step, (counts: Counts, failed: number) => (string | false)[]>> = {
  listing: (counts, failed) => [
    counted(counts.repositories, 'repository', 'repositories'),
    counted(counts.tags, 'tag'),
    failed > 0 && `${counted(failed, 'repository', 'repositories')} failed`,
  ],
  planning: (counts) => [
    `${counted(counts.matched, 'image')} admitted by the policy`,
    `${grouping(counts.already_imported)} of them with a project`,
    counts.tombstoned > 0 && `${grouping(counts.tombstoned)} left out since a person deleted them`,
    counts.truncated > 0 && `${grouping(counts.truncated)} left for the next runs`,
  ],
  importing: (counts) => [
    counted(counts.to_import, 'image'),
    counts.to_rescan > 0 && `${grouping(counts.to_rescan)} of them read again`,
  ],
  pruning: (counts) => [
    `${counted(counts.pruned, 'project')} deleted`,
    counts.held > 0 && `${grouping(counts.held)} held for confirmation`,
    counts.restored > 0 && `${grouping(counts.restored)} restored`,
  ],
  scanning: (counts) => [
    `${grouping(counts.scans_finished)} of ${counted(counts.scans_requested, 'scan')} done`,
    counts.scans_failed > 0 && `${grouping(counts.scans_failed)} failed`,
  ],
};

function sentenceOf(step: Step, { attributes: { counts, repository_errors: errors } }: SyncRun): string {
  return sentences[step](counts, errors.length)
    .filter((part) => part !== false)
    .join(', ');
}
