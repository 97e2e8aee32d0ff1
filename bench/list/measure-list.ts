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

/** What is in a registry: repositories with so many tags each, and one with very many. */
type Shape = { readonly repositories: number; readonly tags: number; readonly many: number };

const usual: Shape = { repositories: 1_000, tags: 100, many: 200_000 };
/** Repositories alone, as many as anybody has. */
const wide: Shape = { repositories: 50_000, tags: 1, many: 1 };

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
      for (const shape of [usual, wide]) {
        const server = await start(dir, shape);
        if (!server) continue;
        const { repositories, tags, many } = shape;
        const measure = (what: string, only: string, expected: number) =>
          measurePart(server, what, only, expected, dir, runs);
        try {
          if (shape === wide) {
            rows.push(await measure(`${repositories} x none`, '--names', repositories + 1));
            continue;
          }
          rows.push(await measure(`${repositories} x ${tags}`, '', repositories * tags));
          rows.push(await measure(`1 x ${many}`, manyName, many));
        } finally {
          await server.stop();
        }
      }
    }
    return { name: 'list', about: about(runs), rows };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function about(runs: number): string[] {
  return [
    'every tag of every repository, pages of 1,000, 8 repositories at a time; then one repository alone; then names of repositories',
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
  // As the agent's image is started.
  const output = await runProgram(process.execPath, ['--max-semi-space-size=1', program, ...args]);
  return JSON.parse(output) as ListFigures;
}

async function startHarbor(_: string, { repositories, tags, many }: Shape): Promise<Server> {
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

async function startDocker(dir: string, { repositories, tags, many }: Shape): Promise<Server | undefined> {
  if (missingPrograms('docker-registry', 'htpasswd').length > 0) {
    progress('docker-registry is not installed: left out');
    return undefined;
  }
  const dataDir = join(dir, `data-${repositories}`);
  makeRegistryData(dataDir, repositories, tags, many);
  const registry = await startDockerRegistry({ dataDir, basic: benchUser });
  return { name: 'docker-registry', type: 'oci', base: registry.base, stop: () => registry.stop() };
}
