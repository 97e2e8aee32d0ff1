import type { SyncRun } from '@plimsoll/contracts';
import { Time } from '../../components/time.tsx';
import { durationOf } from '../../domain/duration.ts';
import { type RunStep, runSteps } from '../../domain/run-steps.ts';
import styles from './sync.module.css';

const stepNames: Readonly<Record<RunStep['step'], string>> = {
  listing: 'List repositories and tags',
  planning: 'Apply the policy',
  importing: 'Import',
  pruning: 'Delete what the policy no longer admits',
  scanning: 'Scan',
};

const stateNames: Readonly<Record<RunStep['state'], string>> = {
  done: 'done',
  now: 'under way',
  ended: 'ended here',
  later: 'not yet',
};

/** What a run has been at, is at and has before it. */
export function RunSteps({ run }: { readonly run: SyncRun }) {
  const steps = runSteps(run);
  if (steps.length === 0) return null;
  return (
    <ol className={styles.steps} aria-label="Steps">
      {steps.map(({ step, state, startedAt, tookMs, sentence }, index) => (
        // A step can come again, and nothing is ever put between two.
        // oxlint-disable-next-line no-array-index-key
        <li key={`${step}-${index}`} data-state={state}>
          <b>{stepNames[step]}</b> <span className={styles.quiet}>{stateNames[state]}</span>
          {sentence !== undefined && <div>{sentence}</div>}
          {startedAt !== undefined && (
            <small className={styles.quiet}>
              begun <Time at={startedAt} />
              {tookMs !== undefined && `, took ${durationOf(tookMs)}`}
            </small>
          )}
        </li>
      ))}
    </ol>
  );
}
