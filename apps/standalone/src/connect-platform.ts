import { exitCodes } from '@plimsoll/runtime';
import { CommandError } from './command.ts';
import { DataDirectory } from './data-directory.ts';
import { PlatformClient, PlatformError } from './platform-client.ts';
import { readStandardInput } from './terminal.ts';

/** The options of commands that talk to a platform, for `readOptions`. */
export const platformOptions = {
  'data-dir': { type: 'string', default: '.plimsoll' },
  url: { type: 'string' },
  'token-stdin': { type: 'boolean', default: false },
} as const;

/** What their help says about these. */
export const platformHelp = `  --data-dir DIR   data directory of that "plimsoll up" (default .plimsoll)
  --url URL        a platform elsewhere
  --token-stdin    read an API token of that platform from standard input (or set PLIMSOLL_TOKEN)`;

/**
 * Connects to the platform that the options name, else to the one of the "plimsoll up" in this folder.
 * @throws {CommandError} when there is none, or no token for it.
 */
export async function connectPlatform(values: {
  readonly 'data-dir': string;
  readonly url?: string | undefined;
  readonly 'token-stdin': boolean;
}): Promise<PlatformClient> {
  if (values.url === undefined) return await localClient(values['data-dir']);
  const token = values['token-stdin'] ? await readStandardInput() : process.env['PLIMSOLL_TOKEN'];
  if (!token) {
    throw new CommandError(
      exitCodes.usage,
      '--url needs a token: --token-stdin, or the variable PLIMSOLL_TOKEN.',
    );
  }
  return new PlatformClient(values.url, token);
}

/** The organization of who is signed in. @throws {CommandError} when the token is refused. */
export async function orgOf(client: PlatformClient): Promise<string> {
  try {
    return await client.orgId();
  } catch (error) {
    if (error instanceof PlatformError && error.status === 401) {
      throw new CommandError(exitCodes.refused, 'The platform refused the token.', { cause: error });
    }
    throw error;
  }
}

async function localClient(path: string): Promise<PlatformClient> {
  const directory = new DataDirectory(path);
  const runtime = directory.readRuntime();
  const state = directory.readState();
  if (!runtime || !state) {
    throw new CommandError(
      exitCodes.unavailable,
      `Nothing runs on ${directory.path}.\nStart it with "plimsoll up", or name a platform with --url.`,
    );
  }
  const client = new PlatformClient(runtime.platformUrl);
  const checks = await client.readiness();
  if (Object.values(checks).every((one) => one === 'ok')) {
    await client.signIn(state.admin.email, state.admin.password);
  }
  return client;
}
