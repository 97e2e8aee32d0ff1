import { availableParallelism } from 'node:os';
import { missingPrograms, runProgram } from '../../e2e/support/programs.ts';
import { median, progress, rounded } from '../report.ts';
import type { PackedLayer } from './images/pack-layer.ts';
import type { BenchRegistry } from './images/served-images.ts';
import { runAgent } from './run-agent.ts';
import { row, type ScanRow } from './scan-row.ts';

/** What one kind of image cost on some processors: medians, and the highest peak. */
export type ColdScan = {
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly packages: readonly string[];
};

/** Whether a process can be kept on one processor here. */
export const canPin = () => missingPrograms('taskset').length === 0 && availableParallelism() > 1;

/** What a program is run under to have this many processors. */
export function pinned(cores: number): string[] {
  return canPin() ? ['taskset', '-c', cores === 1 ? '0' : '0,1'] : [];
}

/**
 * Scans an image by a fresh agent that has no cache, and pulls its layers by `curl | gzip -dc > /dev/null` one after
 * the other, in turn. Both on the same processors; the agent is there already, the time is that of its scan.
 */
export async function measureColdScan(
  registry: BenchRegistry,
  { name, cores, runs, target }: { name: string; cores: number; runs: number; target?: number },
): Promise<{ row: ScanRow; scan: ColdScan }> {
  const layers = registry.images[name] ?? [];
  const floors: number[] = [];
  const scans: number[] = [];
  let peakRssBytes = 0;
  let packages: readonly string[] = [];
  for (let run = 0; run < runs; run += 1) {
    progress(`cold scan of ${name} on ${cores} core(s), pair ${run + 1} of ${runs}`);
    floors.push(await floorSeconds(registry, name, layers, cores));
    const agent = await runAgent(registry.base, { prefix: pinned(cores) });
    try {
      const { inventory, ms } = await agent.scan({ repository: `bench/${name}`, reference: '1' });
      scans.push(ms / 1000);
      packages = inventory().packages.map(({ purl }) => purl);
      peakRssBytes = Math.max(peakRssBytes, agent.peakRssBytes());
    } finally {
      await agent.stop();
    }
  }
  const ratios = scans.map((seconds, index) => seconds / (floors[index] ?? Number.NaN));
  const scan = { seconds: median(scans), peakRssBytes, packages };
  const detail = `scan ${rounded(scan.seconds)} s, gunzip ${rounded(median(floors))} s, ${packages.length} packages`;
  const what = `1 cold scan of ${name}, ${cores} core${cores > 1 ? 's' : ''}: time / curl | gzip -dc`;
  return { row: row(what, rounded(median(ratios)), target, detail), scan };
}

async function floorSeconds(
  { base }: BenchRegistry,
  name: string,
  layers: readonly PackedLayer[],
  cores: number,
): Promise<number> {
  const urls = layers.map(({ digest }) => `${base}/v2/bench/${name}/blobs/${digest}`);
  const script = 'for url do curl -sSfL "$url" | gzip -dc > /dev/null || exit 1; done';
  const [program = '', ...args] = [...pinned(cores), 'sh', '-c', script, 'sh', ...urls];
  const started = performance.now();
  await runProgram(program, args);
  return (performance.now() - started) / 1000;
}
