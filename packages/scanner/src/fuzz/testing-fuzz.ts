import * as fc from 'fast-check';
import { mutations } from './testing-mutations.ts';

/** One parser of bytes from outside, and what must hold whatever it is given. */
export type FuzzTarget = {
  readonly id: string;
  /** Share of all inputs; parsers that take longer get less. */
  readonly weight: number;
  /** Real files, which are mutated. */
  readonly seeds: readonly Buffer[];
  /** Puts right what a mutation broke by the way, such as a checksum, so that the code behind it is reached too. */
  readonly repair?: (bytes: Buffer) => Buffer;
  /** Throws when something does not hold. Answers whether the bytes, made of `original`, were accepted. */
  readonly run: (bytes: Buffer, original: Buffer) => boolean | Promise<boolean>;
};

/** Processor time one input may take, milliseconds; real files of this size take one. */
const maxCpuMs = 3_000;

/**
 * Gives a target mutations of its seeds. Answers how many were accepted; throws with the seed and a smallest failing
 * input when something does not hold.
 */
export async function fuzz(target: FuzzTarget, { runs, seed }: { runs: number; seed?: number | undefined }) {
  let accepted = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(...target.seeds),
    mutations,
    fc.boolean(),
    async (original, mutate, isRepaired) => {
      const mutated = mutate(original);
      const bytes = isRepaired && target.repair ? target.repair(mutated) : mutated;
      const before = process.cpuUsage();
      if (await target.run(bytes, original)) accepted += 1;
      const { user, system } = process.cpuUsage(before);
      const cpuMs = (user + system) / 1_000;
      if (cpuMs > maxCpuMs) throw new Error(`${target.id} took ${cpuMs} ms for ${bytes.length} bytes`);
    },
  );
  await fc.assert(property, {
    numRuns: runs,
    ...(seed !== undefined && { seed }),
    reporter: ({ failed, counterexample, errorInstance, seed: usedSeed }) => {
      if (!failed || !counterexample) return;
      const [original, mutate] = counterexample;
      const input = mutate(original).subarray(0, 1_000).toString('base64');
      throw new Error(`${target.id} failed with seed ${usedSeed}; its input begins with, base64: ${input}`, {
        cause: errorInstance,
      });
    },
  });
  return { accepted };
}
