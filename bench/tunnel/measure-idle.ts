import { setTimeout as sleep } from 'node:timers/promises';
import { progress, rounded, type Measure } from '../report.ts';
import { memoryMiB, Programs } from './programs.ts';
import { processCpuMs } from './process-cpu.ts';
import { startOurPair } from './our-pair.ts';

const counts = [1_000, 5_000];

/** How long idle clients are watched, milliseconds: two rounds of heartbeats. */
const watchMs = 10_000;

/** Measures what idle clients take at the platform, and what one of them takes itself. */
export async function measureIdle(): Promise<Measure> {
  const rows: Record<string, string | number>[] = [];
  for (const count of counts) {
    progress(`${count} idle clients`);
    const programs = new Programs();
    const agent = await programs.serve('./agent.ts');
    const pair = await startOurPair(programs, agent.url);
    await sleep(watchMs);
    const before = memoryMiB(pair.platform.pid);
    const client = memoryMiB(pair.client.pid);
    await programs.serve('./idle-clients.ts', pair.platformUrl, pair.brokerToken, String(count));
    const cpuBefore = processCpuMs(pair.platform.pid);
    await sleep(watchMs);
    const cpuMs = processCpuMs(pair.platform.pid) - cpuBefore;
    const after = memoryMiB(pair.platform.pid);
    rows.push({
      clients: count,
      'platform before MiB': rounded(before, 0),
      'platform MiB': rounded(after, 0),
      'KiB a client': rounded(((after - before) * 1024) / count, 0),
      'platform CPU %': rounded((100 * cpuMs) / watchMs, 0),
      'one broker client MiB': rounded(client, 0),
    });
    progress(JSON.stringify(rows.at(-1)));
    await pair.stop();
  }
  return {
    name: 'tunnel: idle clients',
    about: [
      'clients that hold a tunnel to the real platform and answer its heartbeats every 5 s',
      'one broker client: RSS of the bundled process after 10 s, as its image runs it',
    ],
    rows,
  };
}
