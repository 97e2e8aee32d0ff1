import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../../e2e/support/programs.ts';
import { median, progress, rounded } from '../../report.ts';
import { pinned, type ColdScan } from '../cold-scan.ts';
import type { BenchRegistry } from '../images/served-images.ts';
import { row, rowAtLeast, type ScanRow } from '../scan-row.ts';
import { missedPackages } from './missed-packages.ts';
import { optionalElsewhere } from './optional-elsewhere.ts';

/** What peer-scan.cjs prints. */
type PeerFigures = { packages: string[]; peakRssBytes: number; writtenBytes: number };

/** The packages of the original agent. `shescape`'s newest patch is not to be had everywhere. */
const manifest = {
  private: true,
  dependencies: { '@snyk/snyk-docker-pull': '*', 'snyk-docker-plugin': '9.20.2' },
  overrides: { shescape: '2.1.12' },
};

/** How many times faster we are to be, by processors. */
const speedTargets: Readonly<Record<number, number>> = { 1: 3, 2: 6 };

/** Scans the same image by pulling and reading it with the original agent's packages, on the same processors. */
export async function measurePeers(
  registry: BenchRegistry,
  { name, cores, runs, scan }: { name: string; cores: number; runs: number; scan: ColdScan },
): Promise<ScanRow[]> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-peers-'));
  // Not below the other: the peer looks for packages in the folders above its temporary files, and would find its own.
  const filesDir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-peer-files-'));
  try {
    await writeFile(join(dir, 'package.json'), JSON.stringify(manifest));
    progress('installing snyk-docker-plugin');
    const options = '--silent --no-audit --no-fund --ignore-scripts --prefix'.split(' ');
    await runProgram('npm', ['install', ...options, dir]);
    const seconds: number[] = [];
    let figures: PeerFigures | undefined;
    for (let run = 0; run < Math.min(runs, 3); run += 1) {
      progress(`snyk-docker-plugin on ${cores} core(s), ${run + 1}`);
      const started = performance.now();
      figures = await scanOnce(registry, name, cores, { dir, filesDir });
      seconds.push((performance.now() - started) / 1000);
    }
    const elsewhere = await optionalElsewhere(registry, name);
    return figures ? compare(figures, { seconds: median(seconds), elsewhere, cores, scan }) : [];
  } finally {
    await rm(dir, { recursive: true, force: true });
    await rm(filesDir, { recursive: true, force: true });
  }
}

async function scanOnce(
  { base }: BenchRegistry,
  name: string,
  cores: number,
  { dir, filesDir }: { dir: string; filesDir: string },
) {
  const script = join(import.meta.dirname, 'peer-scan.cjs');
  const image = [new URL(base).host, `bench/${name}`, '1'];
  const place = ['env', `--chdir=${dir}`, `TMPDIR=${filesDir}`];
  const [program = '', ...args] = [...pinned(cores), ...place, process.execPath, script, ...image];
  const lines = (await runProgram(program, args)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as PeerFigures;
}

function compare(
  peer: PeerFigures,
  {
    seconds,
    elsewhere,
    cores,
    scan,
  }: { seconds: number; elsewhere: ReadonlySet<string>; cores: number; scan: ColdScan },
): ScanRow[] {
  const unfound = missedPackages(peer.packages, scan.packages);
  const missed = unfound.filter((line) => !elsewhere.has(line));
  const named = missed.map((line) => `; ${line}`).join('');
  const others = unfound.length - missed.length;
  return [
    rowAtLeast(
      `1 snyk-docker-plugin, ${cores} core${cores > 1 ? 's' : ''}: its time / ours`,
      rounded(seconds / scan.seconds, 1),
      speedTargets[cores] ?? 0,
      `${rounded(seconds)} s, of which its start some 0.5 s; writes ${rounded(peer.writtenBytes / 1e6, 0)} MB to disk`,
    ),
    row(
      '1 our peak memory / that of snyk-docker-plugin',
      rounded(scan.peakRssBytes / peer.peakRssBytes),
      0.25,
      `${rounded(scan.peakRssBytes / 1e6, 0)} MB of ${rounded(peer.peakRssBytes / 1e6, 0)} MB`,
    ),
    row(
      '1 packages that only snyk-docker-plugin finds',
      missed.length,
      0,
      `it has ${peer.packages.length}, of which ${others} only in lockfiles, optional and of other systems; we have ${scan.packages.length}${named}`,
    ),
  ];
}
