import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { addServiceAccount } from '../../apps/platform/src/organizations/service-account-store.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import { measureLoad } from '../tunnel/load.ts';
import { end } from '../tunnel/measure-tunnel.ts';
import type { BenchDatabase } from './bench-database.ts';
import { makeLargeOrganization, organizationSize } from './make-organization.ts';
import { makeIntegration } from './make-registry.ts';

type Row = Measure['rows'][number];

/** Requests per list, each for another page or filter, after some that are not counted. */
const requests = { counted: 200, warm: 20 } as const;

/** How long each side of a pair is loaded, milliseconds, and by how many at once. */
const load = { ms: 3_000, atOnce: 16 } as const;

/** Measures how the API of a platform process answers about a large organization. */
export async function measureApi(database: BenchDatabase, runs: number): Promise<Row[]> {
  progress('making 100,000 projects with 5,000,000 issues');
  const registry = await makeIntegration(database.db);
  await makeLargeOrganization(database.db, registry);
  const account = {
    orgId: registry.orgId,
    name: 'bench',
    authType: 'api_key',
    role: 'admin',
    expiresAt: null,
  } as const;
  const { token } = await addServiceAccount(database.db, account);
  const processes: ChildProcess[] = [];
  const http = new Agent({ keepAlive: true });
  try {
    const platform = await startPlatform(processes, database.connectionString);
    const get = (path: string) => getText(http, `${platform}/rest/orgs/${registry.orgId}/${path}`, token);
    const rows = [
      await measureList('projects, filtered', get, projectsPath, '< 100 ms'),
      await measureList('projects, page after page', get, await pages(get, 'projects?limit=100'), '< 100 ms'),
      await measureList('issues of all projects, first page', get, () => 'issues?limit=100', '< 150 ms'),
      await measureList(
        'issues of all, high only',
        get,
        () => 'issues?limit=100&effective_severity_level=high',
        '< 150 ms',
      ),
      await measureList(
        'issues of all, ignored only',
        get,
        () => 'issues?limit=100&ignored=true',
        '< 150 ms',
      ),
      await measureList(
        'issues of all, two that 20,000 projects have',
        get,
        () => 'issues?limit=100&priority_min=900',
        '< 150 ms',
      ),
    ];
    return [...rows, await measureThroughput(processes, get, http, runs)];
  } finally {
    http.destroy();
    await Promise.all(processes.map(end));
  }
}

function projectsPath(index: number): string {
  const service = (index * 37) % organizationSize.repositories;
  const filters = [
    `names_start_with=team-${index % 50}/`,
    `names_start_with=team-${service % 50}/service-${service}`,
    'origins=oci',
    `target_reference=v1.${index % 50}`,
  ];
  return `projects?limit=100&${filters[index % filters.length]}`;
}

/** Follows the pages of a list as far as there are requests. */
async function pages(get: (path: string) => Promise<string>, first: string) {
  const paths = [first];
  while (paths.length < requests.counted + requests.warm) {
    const { links } = JSON.parse(await get(paths.at(-1) ?? first)) as { links: { next?: string } };
    if (links.next === undefined) break;
    paths.push(links.next.slice(links.next.indexOf('projects?')).replace(/&?version=[^&]*/, ''));
  }
  return (index: number) => paths[index % paths.length] ?? first;
}

async function measureList(
  size: string,
  get: (path: string) => Promise<string>,
  pathOf: (index: number) => string,
  wanted: string,
): Promise<Row> {
  progress(`asking for ${size}`);
  const times: number[] = [];
  for (let index = 0; index < requests.counted + requests.warm; index++) {
    const start = performance.now();
    const { data } = JSON.parse(await get(pathOf(index))) as { data: unknown[] };
    if (data.length === 0) throw new Error(`nothing came for ${pathOf(index)}`);
    if (index >= requests.warm) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.floor(times.length * 0.95)] ?? Number.NaN;
  return {
    step: 'api',
    size,
    ms: rounded(median(times), 1),
    wanted: `p95 ${wanted}`,
    notes: `p95 ${rounded(p95, 1)} ms, slowest ${rounded(times.at(-1) ?? 0, 1)} ms`,
  };
}

/** The same answer from the platform and from a bare handler, in turn. */
async function measureThroughput(
  processes: ChildProcess[],
  get: (path: string) => Promise<string>,
  http: Agent,
  runs: number,
): Promise<Row> {
  const path = 'projects?limit=10';
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  writeFileSync(join(folder, 'answer.json'), await get(path));
  const bare = await startBareServer(processes, join(folder, 'answer.json'));
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run < runs; run++) {
    progress(`loading the API, pair ${run + 1} of ${runs}`);
    const floor = await measureLoad(async () => void (await getText(http, bare, '')), load.atOnce, load.ms);
    const platform = await measureLoad(async () => void (await get(path)), load.atOnce, load.ms);
    ratios.push(platform.perSecond / floor.perSecond);
    rates.push(platform.perSecond);
  }
  rmSync(folder, { recursive: true });
  return {
    step: 'api',
    size: '10 projects, 16 at once',
    ms: rounded(1_000 / median(rates), 2),
    wanted: 'a ratio',
    notes: `${rounded(median(rates), 0)} req/s, ${rounded(median(ratios))} of a bare fastify handler`,
  };
}

async function startPlatform(processes: ChildProcess[], databaseUrl: string): Promise<string> {
  const main = fileURLToPath(import.meta.resolve('../../apps/platform/src/main.ts'));
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    PORT: '0',
    HOST: '127.0.0.1',
    ROLES: 'api',
    // It has no others to reach, but a process with one role only could have.
    REPLICA_KEY: 'k'.repeat(64),
    API_REQUESTS_PER_MINUTE: '0',
  };
  const platform = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(platform);
  const lines = createInterface({ input: platform.stdout });
  for await (const line of lines) {
    const { address } = JSON.parse(line) as { address?: string };
    if (address === undefined) continue;
    // Whatever else it says is nobody's to read, but must not fill the pipe.
    platform.stdout.resume();
    return address;
  }
  throw new Error('the platform did not start');
}

async function startBareServer(processes: ChildProcess[], file: string): Promise<string> {
  const program = fileURLToPath(import.meta.resolve('./bare-server.ts'));
  const server = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(server);
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  return `http://127.0.0.1:${port}/projects`;
}

async function getText(agent: Agent, url: string, token: string): Promise<string> {
  const versioned = `${url}${url.includes('?') ? '&' : '?'}version=2025-11-05`;
  const sent = request(versioned, { agent, headers: { authorization: `token ${token}` } }).end();
  const [response] = await once(sent, 'response');
  const body = await text(response);
  if (response.statusCode !== 200)
    throw new Error(`${url} answers ${response.statusCode}: ${body.slice(0, 200)}`);
  return body;
}
