import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exitCodes } from '@plimsoll/runtime';
import { CommandError } from './command.ts';

/** The advisories that come with Plimsoll: enough for the demo images; packages/testkit/data/advisories/README.md. */
const shippedAdvisories = join(import.meta.dirname, '../../../packages/testkit/data/advisories');

/** Public sources by the names people give them. */
const publicSources = {
  /** The dumps of OSV (https://google.github.io/osv.dev/data/). */
  osv: 'https://osv-vulnerabilities.storage.googleapis.com',
  /** How likely vulnerabilities are to be exploited (https://www.first.org/epss/data_stats). */
  epss: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
  /** Which are known to be (https://www.cisa.gov/known-exploited-vulnerabilities-catalog). */
  kev: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
} as const;

/** The places that a person means by `shipped`, `public`, `osv`, `epss`, `kev`, a folder, a file or an address. */
export function advisoryLocations(source: string): string[] {
  if (source === 'shipped') return [shippedAdvisories];
  if (source === 'public') return Object.values(publicSources);
  return [
    Object.hasOwn(publicSources, source) ? publicSources[source as keyof typeof publicSources] : source,
  ];
}

/** Imports advisories in a process of its own, whose memory is free again afterwards. Prints what it prints. */
export async function importInChild(source: string, databaseUrl: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', join(import.meta.dirname, 'main.ts'), 'advisories', 'import', source],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DATABASE_URL: databaseUrl },
    },
  );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) {
    throw new CommandError(
      code ?? exitCodes.failure,
      `The advisories of "${source}" could not be imported; see above.`,
    );
  }
}
