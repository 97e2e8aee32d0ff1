import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { progress, rounded, type Measure } from '../report.ts';
import { measureLoad, type Load } from './load.ts';
import { forgetPeak, memoryMiB } from './programs.ts';
import type { Way } from './ways.ts';

const MiB = 1024 * 1024;
const bodyBytes = 1024 * MiB;

/** The uploads beside which small requests are timed: as many at once, of a size that every way takes. */
const background = { atOnce: 4, bytes: 8 * MiB, ms: 5_000 } as const;

/** Measures 1 GiB down and up, each alone and, where bodies may be so large, both at once beside small requests. */
export async function measureBulk(ways: readonly Way[]): Promise<Measure> {
  const rows: Record<string, string | number>[] = [];
  let floor: { down: number; up: number } | undefined;
  for (const way of ways) {
    progress(`${way.name}: 1 GiB down, up, and small requests beside uploads`);
    for (const pid of way.pids) forgetPeak(pid);
    const down = await rateOf(bodyBytes, () => download(way));
    const up = await rateOf(bodyBytes, () => upload(way, bodyBytes));
    const beside = await besideUploads(way);
    const peaks = () => way.pids.map((pid) => rounded(memoryMiB(pid, 'VmHWM'), 0)).join(' / ') || '-';
    floor ??= { down, up };
    rows.push({
      way: way.name,
      'down MB/s': rounded(down, 0),
      'up MB/s': rounded(up, 0),
      'of direct': `${rounded(down / floor.down)} / ${rounded(up / floor.up)}`,
      'p50 beside 4 uploads, ms': rounded(beside.p50Ms, 1),
      'p99 beside 4 uploads, ms': rounded(beside.p99Ms, 1),
      ...(await bothAtOnce(way)),
      'peak RSS MiB': peaks(),
    });
    progress(JSON.stringify(rows.at(-1)));
  }
  return {
    name: 'tunnel: bulk',
    about: [
      '1 GiB down and 1 GiB up, one after the other; npm’s broker takes 10 MiB a request at most, so there in parts of 8 MiB',
      'beside 4 uploads of 8 MiB at once, again and again: small GETs one after the other',
      'both at once: 1 GiB down and 1 GiB up together, and small GETs meanwhile',
      'peak RSS: of the two processes between, the platform with all its roles',
    ],
    rows,
  };
}

async function rateOf(bytes: number, send: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await send();
  return bytes / 1e6 / ((performance.now() - started) / 1000);
}

async function besideUploads(way: Way): Promise<Load> {
  const over = new AbortController();
  const uploads = Array.from({ length: background.atOnce }, async () => {
    while (!over.signal.aborted) await upload(way, background.bytes);
  });
  const load = await measureLoad(smallGets(way), 1, background.ms);
  over.abort();
  await Promise.all(uploads);
  return load;
}

async function bothAtOnce(way: Way): Promise<Record<string, string | number>> {
  if (way.maxUploadBytes < bodyBytes) return { 'p99 beside 1 GiB both ways, ms': '-' };
  const over = new AbortController();
  const bulk = Promise.all([download(way), upload(way, bodyBytes)]).finally(() => over.abort());
  const load = await measureLoad(smallGets(way), 1, Number.POSITIVE_INFINITY, over.signal);
  await bulk;
  return { 'p99 beside 1 GiB both ways, ms': rounded(load.p99Ms, 1) };
}

function smallGets(way: Way): () => Promise<void> {
  const agent = new Agent({ keepAlive: true });
  return async () => {
    const sent = request(`${way.url}/list?limit=100`, { headers: way.headers, agent }).end();
    await readWhole((await once(sent, 'response')) as [IncomingMessage]);
  };
}

async function download(way: Way): Promise<void> {
  const sent = request(`${way.url}/bulk/down?bytes=${bodyBytes}`, { headers: way.headers }).end();
  await readWhole((await once(sent, 'response')) as [IncomingMessage]);
}

async function upload(way: Way, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= way.maxUploadBytes) {
    const length = Math.min(left, way.maxUploadBytes);
    const sent = request(`${way.url}/bulk/up`, {
      method: 'POST',
      headers: { ...way.headers, 'content-type': 'application/octet-stream', 'content-length': length },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    await pipeline(createReadStream('/dev/zero', { end: length - 1, highWaterMark: 256 * 1024 }), sent);
    await readWhole(await answered);
  }
}

async function readWhole([response]: [IncomingMessage]): Promise<void> {
  for await (const chunk of response) void chunk;
  if ((response.statusCode ?? 0) >= 300) throw new Error(`answered ${response.statusCode}`);
}
