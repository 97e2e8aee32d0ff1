import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, progress, rounded } from '../report.ts';
import { fleetImages, type BenchRegistry } from './images/served-images.ts';
import { runAgent, type BenchAgent } from './run-agent.ts';
import { row, type ScanRow } from './scan-row.ts';

const MB = 1e6;
const imageOf = (name: string) => ({ repository: `bench/${name}`, reference: '1' });

/** Runs something with an agent that has an empty layer cache of its own. */
async function withAgent<T>(
  registry: BenchRegistry,
  use: (agent: BenchAgent, cacheDir: string) => Promise<T>,
): Promise<T> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-cache-'));
  const agent = await runAgent(registry.base, { cacheDir });
  try {
    return await use(agent, cacheDir);
  } finally {
    await agent.stop();
    await rm(cacheDir, { recursive: true, force: true });
  }
}

/** Peak of memory, answers to health checks and bytes on disk while a fresh agent scans one image. */
export async function measureLife(registry: BenchRegistry, name: string): Promise<ScanRow[]> {
  progress(`memory, disk and health of an agent that scans ${name}`);
  return withAgent(registry, async (agent, cacheDir) => {
    const writtenBefore = agent.writtenBytes();
    const idleRss = agent.peakRssBytes();
    const health = agent.watchHealth();
    await agent.scan(imageOf(name));
    const times = (await health()).toSorted((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
    const entryBytes = await folderBytes(cacheDir);
    const layersBytes = (registry.images[name] ?? []).reduce((sum, layer) => sum + layer.sizeBytes, 0);
    // Files take whole blocks; what was written for the cache is counted so too.
    const besides = Math.max(0, agent.writtenBytes() - writtenBefore - entryBytes.blocks);
    return [
      row(
        `2 peak memory of the agent, ${name}, MB`,
        rounded(agent.peakRssBytes() / MB, 0),
        200,
        `${rounded(idleRss / MB, 0)} MB before the scan`,
      ),
      row(`3 bytes written beside the layer cache, ${name}`, besides, 0, 'write_bytes of the process'),
      row(
        `3 cache entries / layers, ${name}, %`,
        rounded((100 * entryBytes.bytes) / layersBytes, 3),
        1,
        `${entryBytes.bytes} of ${layersBytes} bytes`,
      ),
      row(
        `6 /healthcheck during the scan of ${name}, p99, ms`,
        rounded(p99, 1),
        50,
        `${times.length} answers, p50 ${rounded(median(times), 1)}, highest ${rounded(times.at(-1) ?? 0, 1)}`,
      ),
    ];
  });
}

/** Scans an image anew that the agent has scanned before. */
export async function measureWarm(registry: BenchRegistry, name: string, runs: number): Promise<ScanRow[]> {
  progress(`warm scans of ${name}`);
  return withAgent(registry, async (agent) => {
    await agent.scan(imageOf(name));
    registry.takeRequests();
    const times: number[] = [];
    for (let run = 0; run < Math.max(runs, 9); run += 1) times.push((await agent.scan(imageOf(name))).ms);
    const layers = new Set((registry.images[name] ?? []).map(({ digest }) => digest));
    const blobs = registry.takeRequests().filter((request) => isBlobOf(request, layers));
    return [
      row(
        `5 warm scan of ${name}, from request to result, ms`,
        rounded(median(times), 1),
        50,
        `first ${rounded(times[0] ?? 0, 1)}, highest ${rounded(Math.max(...times), 1)}`,
      ),
      row(`5 layer blobs asked for by warm scans of ${name}`, blobs.length, 0, `${times.length} scans`),
    ];
  });
}

/** Many images on few bases, against the same layers in images that hold each of them once. */
export async function measureFleet(registry: BenchRegistry): Promise<ScanRow[]> {
  const scanAll = (names: readonly string[]) =>
    withAgent(registry, async (agent) => {
      registry.takeRequests();
      const started = performance.now();
      for (const name of names) await agent.scan(imageOf(name));
      const seconds = (performance.now() - started) / 1000;
      const digests = new Set(
        names.flatMap((name) => registry.images[name] ?? []).map(({ digest }) => digest),
      );
      const pulls = registry.takeRequests().filter((request) => isBlobOf(request, digests)).length;
      return { seconds, pulls, layers: digests.size };
    });
  progress('160 images on 20 bases');
  const distinct = await scanAll(fleetImages('distinct'));
  const fleet = await scanAll(fleetImages('fleet'));
  return [
    row(
      '4 160 images on 20 bases: time / that of their distinct layers',
      rounded(fleet.seconds / distinct.seconds),
      1.15,
      `${rounded(fleet.seconds)} s, ${fleet.layers} distinct layers ${rounded(distinct.seconds)} s`,
    ),
    row('4 pulls / distinct layers', rounded(fleet.pulls / fleet.layers), 1, `${fleet.pulls} blobs pulled`),
  ];
}

function isBlobOf(request: string, digests: ReadonlySet<string>): boolean {
  const digest = /^GET \S+\/blobs\/(sha256:[0-9a-f]{64})/.exec(request)?.[1];
  return digest !== undefined && digests.has(digest);
}

async function folderBytes(folder: string): Promise<{ bytes: number; blocks: number }> {
  let bytes = 0;
  let blocks = 0;
  for (const name of await readdir(folder)) {
    const { size } = await stat(join(folder, name));
    bytes += size;
    blocks += Math.ceil(size / 4096) * 4096;
  }
  return { bytes, blocks };
}
