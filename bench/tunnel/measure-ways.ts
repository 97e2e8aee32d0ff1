import { Pool } from 'undici';
import { median, progress, rounded, type Measure } from '../report.ts';
import { measureLoad, type Load } from './load.ts';
import { processCpuMs } from './process-cpu.ts';
import type { Way } from './ways.ts';

const concurrencies = [1, 16, 64];
const loadMs = 2_500;

type Figures = Load & { readonly cpuMs: readonly number[] };

/** Measures a small GET over HTTP on each way, 1, 16 and 64 at once, in turn. */
export async function measureWays(ways: readonly Way[], runs: number): Promise<Measure> {
  const rows: Record<string, string | number>[] = [];
  for (const concurrency of concurrencies) {
    const found = new Map<string, Figures[]>(ways.map(({ name }) => [name, []]));
    for (let run = 0; run < runs; run += 1) {
      for (const way of ways) {
        progress(`${way.name} with ${concurrency} at once, ${run + 1} of ${runs}`);
        found.get(way.name)?.push(await loadWay(way, concurrency));
      }
    }
    const rateOf = (name: string) => median((found.get(name) ?? []).map(({ perSecond }) => perSecond));
    for (const { name } of ways) {
      const figures = found.get(name) ?? [];
      const middle = (figure: 'perSecond' | 'p50Ms' | 'p99Ms') => median(figures.map((load) => load[figure]));
      const cpu = (index: number) => rounded(median(figures.map(({ cpuMs }) => cpuMs[index] ?? 0)), 3);
      rows.push({
        way: name,
        'at once': concurrency,
        'req/s': rounded(middle('perSecond'), 0),
        'of direct': rounded(middle('perSecond') / rateOf('direct')),
        'of proxies': rounded(middle('perSecond') / rateOf('two proxies')),
        'of snyk-broker': found.has('snyk-broker')
          ? rounded(middle('perSecond') / rateOf('snyk-broker'), 1)
          : '-',
        'p50 ms': rounded(middle('p50Ms')),
        'p99 ms': rounded(middle('p99Ms')),
        'server CPU ms': cpu(0),
        'client CPU ms': cpu(1),
      });
      progress(JSON.stringify(rows.at(-1)));
    }
  }
  return {
    name: 'tunnel: whole ways',
    about: [
      'GET /list, 100 repositories, by HTTP: directly, through two plain proxies, through platform and broker client',
      'each product with the settings of its container images, the level of its log, too',
      'CPU: of each of the two processes between, a request; the platform checks the caller’s token',
      `median of ${runs} of ${loadMs / 1000} s each, in turn; consumer, agent and database share the machine`,
    ],
    rows,
  };
}

async function loadWay({ url, headers, pids }: Way, concurrency: number): Promise<Figures> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: concurrency });
  const path = `${pathname === '/' ? '' : pathname}/list?limit=100`;
  const get = async () => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
    await body.arrayBuffer();
    if (statusCode !== 200) throw new Error(`${origin}${path} answered ${statusCode}`);
  };
  try {
    await measureLoad(get, concurrency, 300);
    const before = pids.map(processCpuMs);
    const load = await measureLoad(get, concurrency, loadMs);
    const cpuMs = pids.map((pid, index) => (processCpuMs(pid) - (before[index] ?? 0)) / load.requests);
    return { ...load, cpuMs };
  } finally {
    await pool.destroy();
  }
}
