import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, progress, rounded } from '../report.ts';
import { fleetImages, type BenchRegistry } from './images/served-images.ts';
import { runAgent, type BenchAgent } from './run-agent.ts';
import { row, type ScanRow } from './scan-row.ts';

const MB = 1e6;
const imageOf = (name: string) => ({ repository: `bench/${name}`, reference: '1' });

/** Runs something with an agent that has an empty layer cache of its own, in a folder below `parent`. */
async function withAgent<T>(
  registry: BenchRegistry,
  use: (agent: BenchAgent, cacheDir: string) => Promise<T>,
  { parent = tmpdir(), slots = 1 } = {},
): Promise<T> {
  const cacheDir = await mkdtemp(join(parent, 'plimsoll-bench-cache-'));
  const agent = await runAgent(registry.base, { cacheDir, slots });
  try {
    return await use(agent, cacheDir);
  } finally {
    await agent.stop();
    await rm(cacheDir, { recursive: true, force: true });
  }
}

/** A file system in memory. */
const memory = '/dev/shm';

/** Peak of memory, answers to health checks and bytes on disk while a fresh agent scans one image. */
export async function measureLife(registry: BenchRegistry, name: string): Promise<ScanRow[]> {
  progress(`memory, disk and health of an agent that scans ${name}`);
  const measure = async (agent: BenchAgent, cacheDir: string): Promise<ScanRow[]> => {
    const writtenBefore = agent.writtenBytes();
    const idleRss = agent.peakRssBytes();
    const health = agent.watchHealth();
    await agent.scan(imageOf(name));
    const times = (await health()).toSorted((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
    const entryBytes = await folderBytes(cacheDir);
    const layersBytes = (registry.images[name] ?? []).reduce((sum, layer) => sum + layer.sizeBytes, 0);
    const besides = agent.writtenBytes() - writtenBefore;
    return [
      row(
        `2 peak memory of the agent, ${name}, MB`,
        rounded(agent.peakRssBytes() / MB, 0),
        200,
        `${rounded(idleRss / MB, 0)} MB before the scan`,
      ),
      row(
        `3 bytes written beside the layer cache, ${name}`,
        besides,
        0,
        'write_bytes of the process, whose cache lies in memory',
      ),
      row(
        `3 cache entries / layers, ${name}, %`,
        rounded((100 * entryBytes) / layersBytes, 3),
        1,
        `${entryBytes} of ${layersBytes} bytes`,
      ),
      row(
        `6 /healthcheck during the scan of ${name}, p99, ms`,
        rounded(p99, 1),
        50,
        `${times.length} answers, p50 ${rounded(median(times), 1)}, highest ${rounded(times.at(-1) ?? 0, 1)}`,
      ),
    ];
  };
  // What is written there is not counted as written to a disk: folders have blocks as well as files.
  return withAgent(registry, measure, existsSync(memory) ? { parent: memory } : {});
}

/** Scans an image anew, many times, that the agent has scanned before. */
export async function measureWarm(registry: BenchRegistry, name: string): Promise<ScanRow[]> {
  progress(`${warmScans} warm scans of ${name}`);
  return withAgent(registry, async (agent) => {
    await agent.scan(imageOf(name));
    registry.takeRequests();
    const peakBefore = agent.peakRssBytes();
    const times: number[] = [];
    for (let run = 0; run < warmScans; run += 1) times.push((await agent.scan(imageOf(name))).ms);
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
      row(
        `2 peak memory of the agent after ${warmScans} warm scans of ${name}, MB`,
        rounded(agent.peakRssBytes() / MB, 0),
        200,
        `${rounded(peakBefore / MB, 0)} MB after the cold one`,
      ),
    ];
  });
}

/** As many as one agent does in a row; what they leave behind would show. */
const warmScans = 60;

/** Scans at a time where there are many images. */
const fleetSlots = 4;

/** Many images on few bases, against the same layers in images that hold each of them once. */
export async function measureFleet(registry: BenchRegistry): Promise<ScanRow[]> {
  const scanAll = (kind: 'fleet' | 'distinct') => {
    const names = fleetImages(kind);
    const measure = async (agent: BenchAgent) => {
      registry.takeRequests();
      const started = performance.now();
      // The slots share the iterator.
      const next = names.values();
      const slot = async () => {
        for (const name of next) await (await agent.scan(imageOf(name))).ended;
      };
      await Promise.all(Array.from({ length: fleetSlots }, slot));
      const seconds = (performance.now() - started) / 1000;
      const digests = new Set(
        names.flatMap((name) => registry.images[name] ?? []).map(({ digest }) => digest),
      );
      const pulls = registry.takeRequests().filter((request) => isBlobOf(request, digests)).length;
      return { seconds, pulls, layers: digests.size };
    };
    return withAgent(registry, measure, { slots: fleetSlots });
  };
  progress('160 images on 20 bases');
  const distinct = await scanAll('distinct');
  const fleet = await scanAll('fleet');
  const more = fleetImages('fleet').length - fleetImages('distinct').length;
  return [
    row(
      `4 160 images on 20 bases, ${fleetSlots} at a time: time / that of their distinct layers`,
      rounded(fleet.seconds / distinct.seconds),
      1.15,
      `${rounded(fleet.seconds)} s, ${fleet.layers} distinct layers in ${fleetImages('distinct').length} images ${rounded(distinct.seconds)} s; ${rounded((1000 * (fleet.seconds - distinct.seconds)) / more, 1)} ms for each image more`,
    ),
    row('4 pulls / distinct layers', rounded(fleet.pulls / fleet.layers), 1, `${fleet.pulls} blobs pulled`),
  ];
}

function isBlobOf(request: string, digests: ReadonlySet<string>): boolean {
  const digest = /^GET \S+\/blobs\/(sha256:[0-9a-f]{64})/.exec(request)?.[1];
  return digest !== undefined && digests.has(digest);
}

async function folderBytes(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
