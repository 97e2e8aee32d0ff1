import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startDockerRegistry } from '../../e2e/support/docker-registry.ts';
import { missingPrograms, runProgram } from '../../e2e/support/programs.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import type { ListFigures } from './list-once.ts';
import { makeRegistryData } from './make-registry-data.ts';
import { benchUser, manyName } from './names.ts';

const repositories = 1_000;
const tags = 100;
const many = 200_000;

type Server = { readonly name: string; readonly type: string; readonly base: string; stop(): Promise<void> };

/**
 * Measures listing everything in a registry, and one repository with very many tags, against plain requests for the same pages.
 * Registry, listing and floor are processes of their own.
 */
export async function measureList(runs: number): Promise<Measure> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-list-'));
  try {
    const rows = [];
    for (const start of [startHarbor, startDocker]) {
      const server = await start(dir);
      if (!server) continue;
      try {
        const names = `${repositories} x ${tags}`;
        rows.push(await measurePart(server, names, '', repositories * tags, dir, runs));
        rows.push(await measurePart(server, `1 x ${many}`, manyName, many, dir, runs));
      } finally {
        await server.stop();
      }
    }
    return { name: 'list', about: about(runs), rows };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function about(runs: number): string[] {
  return [
    'every tag of every repository, pages of 1,000, 8 repositories at a time; then one repository alone',
    `median of ${runs} pairs; floor: the same addresses with plain undici and JSON.parse; peak: of the listing process`,
  ];
}

async function measurePart(
  { name, type, base }: Server,
  what: string,
  only: string,
  expected: number,
  dir: string,
  runs: number,
) {
  const file = join(dir, 'urls');
  const listings: ListFigures[] = [];
  const floors: ListFigures[] = [];
  for (let run = 0; run < runs; run++) {
    progress(`list ${what} from ${name}, pair ${run + 1} of ${runs}`);
    const listing = await runOnce(fileURLToPath(import.meta.resolve('./list-once.ts')), [
      type,
      base,
      only,
      file,
    ]);
    if (listing.tags !== expected) throw new Error(`${listing.tags} tags were listed, not ${expected}`);
    listings.push(listing);
    floors.push(
      await runOnce(fileURLToPath(import.meta.resolve('./fetch-once.ts')), [file, ...(only ? ['one'] : [])]),
    );
  }
  const middle = (figures: ListFigures[], key: keyof ListFigures) =>
    median(figures.map((figure) => figure[key]));
  const ratios = listings.map(({ seconds }, index) => seconds / (floors[index]?.seconds ?? Number.NaN));
  return {
    registry: name,
    'repositories x tags': what,
    requests: middle(listings, 'requests'),
    'floor s': rounded(middle(floors, 'seconds')),
    'list s': rounded(middle(listings, 'seconds')),
    ratio: rounded(median(ratios)),
    'floor peak MB': rounded(middle(floors, 'peakRssBytes') / 1e6, 0),
    'peak MB': rounded(middle(listings, 'peakRssBytes') / 1e6, 0),
  };
}

async function runOnce(program: string, args: string[]): Promise<ListFigures> {
  const output = await runProgram(process.execPath, [program, ...args]);
  return JSON.parse(output) as ListFigures;
}

async function startHarbor(): Promise<Server> {
  const args = [repositories, tags, many].map(String);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./fake-harbor.ts')), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [base] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    name: 'imitated Harbor',
    type: 'harbor-cr',
    base,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function startDocker(dir: string): Promise<Server | undefined> {
  if (missingPrograms('docker-registry', 'htpasswd').length > 0) {
    progress('docker-registry is not installed: left out');
    return undefined;
  }
  const dataDir = join(dir, 'data');
  makeRegistryData(dataDir, repositories, tags, many);
  const registry = await startDockerRegistry({ dataDir, basic: benchUser });
  return { name: 'docker-registry', type: 'oci', base: registry.base, stop: () => registry.stop() };
}
