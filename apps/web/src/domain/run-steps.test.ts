import { addRegistry, addSyncRun, emptyRestWorld } from '@plimsoll/testkit';
import type { SyncRun } from '@plimsoll/contracts';
import { describe, expect, it } from 'vitest';
import { durationOf } from './duration.ts';
import { runSteps } from './run-steps.ts';

function run(attributes: Partial<SyncRun['attributes']>): SyncRun {
  const world = emptyRestWorld();
  return addSyncRun(world, addRegistry(world, 'Harbor').id, attributes);
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 28, 9, minute)).toISOString();

describe('the steps of a run', () => {
  it('are all before it when it has not begun', () => {
    const steps = runSteps(run({ status: 'pending' }));

    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'listing later',
      'planning later',
      'importing later',
      'pruning later',
      'scanning later',
    ]);
  });

  it('tell how long each took, and what is still to come', () => {
    const steps = runSteps(
      run({
        status: 'listing',
        steps: [
          { step: 'listing', started_at: at(0) },
          { step: 'planning', started_at: at(3) },
        ],
      }),
    );

    expect(steps.map(({ step, state, tookMs }) => [step, state, tookMs])).toEqual([
      ['listing', 'done', 180_000],
      ['planning', 'now', undefined],
      ['importing', 'later', undefined],
      ['pruning', 'later', undefined],
      ['scanning', 'later', undefined],
    ]);
  });

  it('say their numbers only where a step came last', () => {
    const steps = runSteps(
      run({
        status: 'completed',
        finished_at: at(9),
        steps: [
          { step: 'listing', started_at: at(0) },
          { step: 'listing', started_at: at(5) },
        ],
      }),
    );

    expect(steps.map(({ sentence, tookMs }) => [sentence, tookMs])).toEqual([
      [undefined, 300_000],
      ['42 repositories, 318 tags', 240_000],
    ]);
  });

  it('end where a run failed or was cancelled', () => {
    const steps = runSteps(
      run({ status: 'failed', finished_at: at(1), steps: [{ step: 'listing', started_at: at(0) }] }),
    );

    expect(steps.map(({ step, state }) => [step, state])).toEqual([['listing', 'ended']]);
  });
});

describe('a duration', () => {
  it.each([
    [400, 'under a second'],
    [12_300, '12 s'],
    [240_000, '4 min'],
    [3_600_000, '1 h'],
    [12_000_000, '3 h 20 min'],
  ])('of %d ms is %s', (ms, words) => {
    expect(durationOf(ms)).toBe(words);
  });
});
