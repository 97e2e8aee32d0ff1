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

const registries = { harbor: startHarbor, docker: startDocker } as const;

/** What is listed of a registry of some shape. */
type Part = {
  readonly shape: Shape;
  readonly what: string;
  /** The repository, or `--names` for names of repositories alone; everything but the one with very many unless told. */
  readonly only: string;
  readonly expected: number;
  /** Whether what is alive is looked at as well, in a run of its own. */
  readonly isAboutMemory?: boolean;
};

const usual: Shape = { repositories: 1_000, tags: 100, many: 1 };
/** Repositories alone, as many as anybody has. */
const wide: Shape = { repositories: 50_000, tags: 1, many: 1 };

const parts: Readonly<Record<string, Part>> = {
  tags: { shape: usual, what: '1,000 x 100', only: '', expected: 100_000 },
  many: partOfMany(200_000),
  double: partOfMany(400_000),
  names: { shape: wide, what: '50,000 x none', only: '--names', expected: 50_001 },
};

function partOfMany(many: number): Part {
  const shape = { repositories: 1, tags: 1, many };
  return { shape, what: `1 x ${many}`, only: manyName, expected: many, isAboutMemory: true };
}

type Server = { readonly name: string; readonly type: string; readonly base: string; stop(): Promise<void> };

/**
 * Measures listing everything in a registry, and one repository with very many tags, against plain requests for the same pages.
 * Registry, listing and floor are processes of their own.
 */
export async function measureList(
  runs: number,
  { only }: { readonly only: readonly string[] },
): Promise<Measure> {
  const wanted = (names: readonly string[]) => {
    const named = names.filter((name) => only.includes(name));
    return named.length > 0 ? named : names;
  };
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-list-'));
  try {
    const rows = [];
    for (const registry of wanted(Object.keys(registries))) {
      const chosen = wanted(Object.keys(parts)).flatMap((name) => parts[name] ?? []);
      for (const [shape, ofShape] of Map.groupBy(chosen, (part) => part.shape)) {
        const server = await registries[registry as keyof typeof registries](dir, shape);
        if (!server) continue;
        try {
          for (const part of ofShape) rows.push(await measurePart(server, part, dir, runs));
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
    `median of ${runs} pairs; floor: the same addresses with plain undici and JSON.parse; peak: of the listing process; alive: after collections of garbage, in another run`,
  ];
}

async function measurePart(
  { name, type, base }: Server,
  { what, only, expected, isAboutMemory = false }: Part,
  dir: string,
  runs: number,
) {
  const file = join(dir, 'urls');
  const listOnce = fileURLToPath(import.meta.resolve('./list-once.ts'));
  const listings: ListFigures[] = [];
  const floors: ListFigures[] = [];
  for (let run = 0; run < runs; run++) {
    progress(`list ${what} from ${name}, pair ${run + 1} of ${runs}`);
    const listing = await runOnce([listOnce, type, base, only, file]);
    if (listing.tags !== expected) throw new Error(`${listing.tags} tags were listed, not ${expected}`);
    listings.push(listing);
    floors.push(
      await runOnce([fileURLToPath(import.meta.resolve('./fetch-once.ts')), file, ...(only ? ['one'] : [])]),
    );
  }
  const looked = isAboutMemory ? await runOnce(['--expose-gc', listOnce, type, base, only, '']) : undefined;
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
    'alive MB': looked ? rounded(looked.liveBytes / 1e6, 0) : '',
  };
}

async function runOnce(args: string[]): Promise<ListFigures> {
  // As the agent's image is started.
  const output = await runProgram(process.execPath, ['--max-semi-space-size=1', ...args]);
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
  const dataDir = join(dir, `data-${repositories}-${many}`);
  makeRegistryData(dataDir, repositories, tags, many);
  const registry = await startDockerRegistry({ dataDir, basic: benchUser });
  return { name: 'docker-registry', type: 'oci', base: registry.base, stop: () => registry.stop() };
}
