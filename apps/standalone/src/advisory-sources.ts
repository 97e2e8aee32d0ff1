import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exitCodes } from '@plimsoll/runtime';
import { CommandError } from './command.ts';

/** The advisories that come with Plimsoll: enough for the demo images; packages/testkit/data/advisories/README.md. */
const shippedAdvisories = join(import.meta.dirname, '../../../packages/testkit/data/advisories');

/** The public dumps of OSV (https://google.github.io/osv.dev/data/). */
const publicAdvisories = 'https://osv-vulnerabilities.storage.googleapis.com';

/** The place that a person means by `shipped`, `osv`, a folder, a file or an address. */
export function advisoryLocation(source: string): string {
  if (source === 'shipped') return shippedAdvisories;
  if (source === 'osv') return publicAdvisories;
  return source;
}

/** Imports advisories in a process of its own, whose memory is free again afterwards. Prints what it prints. */
export async function importInChild(source: string, databaseUrl: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), 'advisories', 'import', source],
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
