import { expect, it } from 'vitest';
import { SingleFlight } from './single-flight.ts';

const { signal } = new AbortController();

/** Work that counts its runs and ends when told. */
function controlled() {
  const runs: PromiseWithResolvers<string>[] = [];
  const work = () => {
    const run = Promise.withResolvers<string>();
    runs.push(run);
    return run.promise;
  };
  return { runs, work };
}

it('does work once for all who need it at the same time, and again for who comes later', async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = controlled();
  const all = Promise.all([1, 2, 3].map(() => flights.run('layer', work, signal)));
  runs[0]!.resolve('facts');

  expect((await all).map(({ value, isShared }) => [value, isShared])).toEqual([
    ['facts', false],
    ['facts', true],
    ['facts', true],
  ]);

  const later = flights.run('layer', work, signal);
  runs[1]!.resolve('new facts');
  expect(await later).toEqual({ value: 'new facts', isShared: false });
  expect(runs).toHaveLength(2);
});

it('keeps different things apart', async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = controlled();
  const both = [flights.run('a', work, signal), flights.run('b', work, signal)];
  for (const [index, run] of runs.entries()) run.resolve(`${index}`);

  expect((await Promise.all(both)).map(({ value }) => value)).toEqual(['0', '1']);
});

it('lets the next one try when the first fails, and tells only the first', async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = controlled();
  const first = flights.run('layer', work, signal);
  const others = [2, 3].map(() => flights.run('layer', work, signal));
  runs[0]!.reject(new Error('no access'));
  await expect(first).rejects.toThrow('no access');
  await expect.poll(() => runs.length).toBe(2);
  runs[1]!.resolve('facts');

  expect((await Promise.all(others)).map(({ isShared }) => isShared)).toEqual([false, true]);
});

it('stops waiting when the one who waits is aborted, and nobody else notices', async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = controlled();
  const stop = new AbortController();
  const first = flights.run('layer', work, signal);
  const aborted = flights.run('layer', work, stop.signal);
  const other = flights.run('layer', work, signal);
  stop.abort(new Error('cancelled'));
  await expect(aborted).rejects.toThrow('cancelled');
  runs[0]!.resolve('facts');

  expect((await first).value).toBe('facts');
  expect(await other).toEqual({ value: 'facts', isShared: true });
  expect(runs).toHaveLength(1);
});
