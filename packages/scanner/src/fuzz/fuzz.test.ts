import { expect, it } from 'vitest';
import { fuzz } from './testing-fuzz.ts';
import { fuzzTargets } from './testing-targets.ts';

/** A slice of what `npm run fuzz` does with a million; another seed every time, named when something fails. */
const runsPerWeight = 30;

it.each(fuzzTargets())('$id bears mutations of real files', async (target) => {
  await expect(fuzz(target, { runs: target.weight * runsPerWeight })).resolves.toBeDefined();
});

it('names the seed and the input of a failure', async () => {
  const picky = {
    id: 'picky',
    weight: 1,
    seeds: [Buffer.from('abc')],
    run: () => Promise.reject(new Error('no')),
  };
  await expect(fuzz(picky, { runs: 10, seed: 7 })).rejects.toThrow(
    /picky failed with seed 7; its input begins with, base64: /,
  );
});
