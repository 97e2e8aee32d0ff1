import { parseArgs } from 'node:util';
import { fuzz } from '../packages/scanner/src/fuzz/testing-fuzz.ts';
import { fuzzTargets } from '../packages/scanner/src/fuzz/testing-targets.ts';
import { osvTarget, vexTargets } from '../test/fuzz/vex-targets.ts';

// `npm run fuzz -- [--runs 1000000] [--seed N] [--target ID]`: mutations of real files for every parser of the scanner,
// of VEX documents and of advisories.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
  },
});
const seed = Number(values.seed);
/** Inputs between two signs of life; each batch has a seed of its own, counted up from the first. */
const batchRuns = 20_000;

const targets = [...fuzzTargets(), ...vexTargets, osvTarget].filter(
  ({ id }) => values.target === undefined || id === values.target,
);
const weights = targets.reduce((sum, { weight }) => sum + weight, 0);
process.stdout.write(`seed ${seed}\n`);
let total = 0;
let failures = 0;
for (const target of targets) {
  const runs = Math.ceil((Number(values.runs) * target.weight) / weights);
  const started = performance.now();
  let accepted = 0;
  let done = 0;
  try {
    for (let batch = 0; done < runs; batch += 1) {
      const size = Math.min(batchRuns, runs - done);
      accepted += (await fuzz(target, { runs: size, seed: seed + batch })).accepted;
      done += size;
    }
  } catch (error) {
    failures += 1;
    process.exitCode = 1;
    process.stdout.write(`${(error as Error).message}\n${String((error as Error).cause)}\n`);
  }
  total += done;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(
    `${target.id.padEnd(26)} ${String(done).padStart(8)} inputs, ${accepted} accepted, ${seconds} s\n`,
  );
}
process.stdout.write(`${total} inputs, ${failures} of ${targets.length} parsers failed\n`);
