import { setTimeout as sleep } from 'node:timers/promises';
import { progress, rounded, type Measure } from '../report.ts';
import { answering, end, Programs } from './programs.ts';
import { startOurPair } from './our-pair.ts';

/** How long the platform is away, and within what of its return the first request must be answered, seconds. */
const outages = [
  { awaySeconds: 3, targetSeconds: 2 },
  { awaySeconds: 30, targetSeconds: 3 },
  { awaySeconds: 90, targetSeconds: 5 },
] as const;

/** Kills the platform for a while and measures from its first answer to the first answer of an agent through it. */
export async function measureOutages(runs: number): Promise<Measure> {
  const programs = new Programs();
  const agent = await programs.serve('./agent.ts');
  const pair = await startOurPair(programs, agent.url);
  const rows: Record<string, string | number>[] = [];
  try {
    for (const { awaySeconds, targetSeconds } of outages) {
      const found: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        progress(`the platform is killed for ${awaySeconds} s, ${run + 1} of ${runs}`);
        await end(pair.platform);
        await sleep(awaySeconds * 1000);
        pair.restartPlatform();
        await answering(`${pair.platformUrl}/healthcheck`, {}, 10);
        const returned = performance.now();
        await answering(`${pair.url}/list`, pair.headers, 10);
        found.push((performance.now() - returned) / 1000);
      }
      rows.push({
        'away s': awaySeconds,
        'back after s': found.map((seconds) => rounded(seconds)).join(', '),
        'at most s': targetSeconds,
      });
      progress(JSON.stringify(rows.at(-1)));
    }
  } finally {
    await pair.stop();
  }
  return {
    name: 'tunnel: outages',
    about: [
      'from the first answer of /healthcheck after a SIGKILL to the first answer of the agent through the tunnel',
    ],
    rows,
  };
}
