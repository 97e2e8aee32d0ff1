import { missingPrograms } from '../../e2e/support/programs.ts';
import { rounded, type Measure } from '../report.ts';
import { measureFleet, measureLife, measureWarm } from './agent-life.ts';
import { canPin, measureColdScan } from './cold-scan.ts';
import { measureFound } from './count-found.ts';
import { serveImages, type BenchRegistry } from './images/served-images.ts';
import { measurePeers } from './peers/measure-peers.ts';
import { runAgent } from './run-agent.ts';
import type { ScanRow } from './scan-row.ts';

/** The limits that the ratios of the large image are held to, by processors. */
const targets = { 1: 0.6, 2: 0.38 } as const;

type Part = (registry: BenchRegistry, runs: number, options: { peers: boolean }) => Promise<ScanRow[]>;

/** What is measured, by names that `--only` takes. */
const parts: Readonly<Record<string, Part>> = {
  cold: async (registry, runs, { peers }) => {
    const rows: ScanRow[] = [];
    for (const cores of canPin() ? ([1, 2] as const) : ([2] as const)) {
      const of = { name: 'big', cores, runs };
      const { row, scan } = await measureColdScan(registry, { ...of, target: targets[cores] });
      rows.push(row, ...(peers ? await measurePeers(registry, { ...of, scan }) : []));
    }
    return rows;
  },
  others: async (registry, runs) => [
    (await measureColdScan(registry, { name: 'small', cores: 1, runs })).row,
    (await measureColdScan(registry, { name: 'large', cores: 1, runs: Math.min(runs, 2) })).row,
  ],
  life: async (registry) => [
    ...(await measureLife(registry, 'large')),
    ...(await measureLife(registry, 'big')),
  ],
  found: async (registry) => [
    ...(await measureFound(registry, 'big')),
    ...(await measureFound(registry, 'small')),
  ],
  fleet: measureFleet,
  warm: async (registry) => [
    ...(await measureWarm(registry, 'big')),
    ...(await measureWarm(registry, 'small')),
  ],
};

/**
 * Measures the agent, as a process with the settings that it is deployed with, on images from docker-registry: cold
 * scans against gunzip, memory, disk, health, many images of few bases, warm scans.
 * @param options.peers also measures the packages that the original agent is made of, which npm brings
 * @param options.only names of the parts to measure; all of them when there are none
 */
export async function measureScan(
  runs: number,
  options: { peers: boolean; only: readonly string[] },
): Promise<Measure> {
  const missing = missingPrograms('docker-registry', 'skopeo', 'curl', 'gzip');
  if (missing.length > 0) throw new Error(`The benchmark of scans needs ${missing.join(', ')}: install them`);
  const names = options.only.length > 0 ? options.only : Object.keys(parts);
  const registry = await serveImages();
  try {
    // The first start of an agent compiles what later ones find compiled.
    await (await runAgent(registry.base)).stop();
    const rows: ScanRow[] = [];
    for (const name of names) {
      const part = parts[name];
      if (!part) throw new Error(`${name} is no part of scan: ${Object.keys(parts).join(', ')}`);
      rows.push(...(await part(registry, runs, options)));
    }
    return { name: 'scan', about: about(registry, runs), rows };
  } finally {
    await registry.stop();
  }
}

function about({ images, origin }: BenchRegistry, runs: number): string[] {
  const sizes = ['big', 'small', 'large', 'fleet-0'].map((name) => {
    const layers = images[name] ?? [];
    const megabytes = (of: 'sizeBytes' | 'tarBytes') =>
      rounded(layers.reduce((sum, layer) => sum + layer[of], 0) / 1e6, 0);
    return `${name}: ${layers.length} gzip layers, ${megabytes('sizeBytes')} MB, ${megabytes('tarBytes')} MB unpacked`;
  });
  return [
    `${sizes.join('; ')}; from docker-registry on the loopback; made of ${origin}`,
    `medians of ${runs} pairs in turn; figures that grow with the machine's load are no ratios: quote the ratios`,
  ];
}
