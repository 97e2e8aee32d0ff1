import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPrograms, runProgram } from '../../e2e/support/programs.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import { makeImage, type LayerFacts } from './make-image.ts';
import type { ScanFigures } from './scan-once.ts';
import { serveImage, type ServedImage } from './serve-image.ts';

/**
 * Measures the cold scan of one image against `curl | gzip -dc > /dev/null` of the same layers, one after another:
 * pairs in turn, on one core and on two. The scan is a process of its own, so its start is part of its time.
 */
export async function measureScan(runs: number): Promise<Measure> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-scan-'));
  try {
    const layers = await makeImage(dir);
    const image = await serveImage(join(dir, 'layout'));
    try {
      const cores = [[0], [0, 1]].filter((cpus) => cpus.length <= availableParallelism());
      const rows = [];
      for (const cpus of cores) rows.push(await measureOn(cpus, image, layers, runs));
      return { name: 'scan', about: about(layers, image, runs), rows };
    } finally {
      await image.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function about(layers: LayerFacts[], image: ServedImage, runs: number): string[] {
  const megabytes = (size: 'sizeBytes' | 'tarBytes') =>
    rounded(layers.reduce((sum, layer) => sum + layer[size], 0) / 1e6, 0);
  return [
    `${layers.length} gzip layers, ${megabytes('sizeBytes')} MB, ${megabytes('tarBytes')} MB unpacked, from ${image.server} on the loopback`,
    `median of ${runs} pairs; floor: curl | gzip -dc > /dev/null of the same layers, one after another`,
  ];
}

async function measureOn(cpus: number[], image: ServedImage, layers: LayerFacts[], runs: number) {
  const pin = missingPrograms('taskset').length === 0 ? ['taskset', '-c', cpus.join(',')] : [];
  const floors: number[] = [];
  const scans: number[] = [];
  let figures: ScanFigures | undefined;
  let peakRssBytes = 0;
  for (let run = 0; run < runs; run++) {
    progress(`scan on ${cpus.length} core(s), pair ${run + 1} of ${runs}`);
    floors.push((await timed([...pin, ...floorCommand(image, layers)])).seconds);
    const scan = await timed([...pin, ...scanCommand(image)]);
    scans.push(scan.seconds);
    figures = JSON.parse(scan.output) as ScanFigures;
    peakRssBytes = Math.max(peakRssBytes, figures.peakRssBytes);
  }
  return {
    cores: pin.length > 0 ? String(cpus.length) : 'all (no taskset)',
    'floor s': rounded(median(floors)),
    'scan s': rounded(median(scans)),
    // Of each pair, then the middle: the machine's mood weighs on both halves of a pair alike.
    ratio: rounded(median(scans.map((seconds, index) => seconds / (floors[index] ?? Number.NaN)))),
    'peak MB': rounded(peakRssBytes / 1e6, 0),
    packages: figures?.packages ?? 0,
    warnings: figures?.warnings ?? 0,
  };
}

function floorCommand({ base, repository }: ServedImage, layers: LayerFacts[]): string[] {
  const urls = layers.map(({ digest }) => `${base}/v2/${repository}/blobs/${digest}`);
  const script = 'for url do curl -sSfL "$url" | gzip -dc > /dev/null || exit 1; done';
  return ['sh', '-c', script, 'sh', ...urls];
}

function scanCommand({ base, repository, reference }: ServedImage): string[] {
  return [process.execPath, join(import.meta.dirname, 'scan-once.ts'), base, repository, reference];
}

async function timed([program = '', ...args]: string[]) {
  const start = performance.now();
  const output = await runProgram(program, args);
  return { seconds: (performance.now() - start) / 1000, output };
}
