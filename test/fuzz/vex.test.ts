import { expect, it } from 'vitest';
import { fuzz } from '../../packages/scanner/src/fuzz/testing-fuzz.ts';
import { osvTarget, vexTargets } from './vex-targets.ts';

// A slice of what `npm run fuzz` does.

it.each([...vexTargets, osvTarget])('$id bears mutations', async (target) => {
  await expect(fuzz(target, { runs: 500 })).resolves.toMatchObject({ accepted: expect.any(Number) });
});
