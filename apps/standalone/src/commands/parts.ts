import { exitCodes } from '@plimsoll/runtime';
import type { Command } from '../command.ts';
import { readOptions } from '../command.ts';
import { printLine } from '../terminal.ts';

type Runnable = { run(environment: NodeJS.ProcessEnv): Promise<void> };

/** A part as a process: reads its environment and runs until it is stopped. */
function part(name: string, help: string, load: () => Promise<Runnable>): Command {
  return {
    help: `Usage: plimsoll ${name}

${help}

Every variable whose value is secret can also be given as NAME_FILE, the path of a file that holds it.
All variables: docs/operations/deploy.md`,
    async run(args) {
      readOptions(args, {});
      const loaded = await load();
      await loaded.run(process.env);
      // The process lives on until a signal stops it, and sets its own exit code.
      return new Promise<number>(() => {});
    },
  };
}

export const platform = part(
  'platform',
  'Runs until stopped. Needs DATABASE_URL (PostgreSQL 15 or newer). Listens on PORT (7340).',
  () => import('@plimsoll/platform'),
);

const runBrokerClient = part(
  'broker-client',
  `Dials the platform and lets through only the requests on its allow-list. Runs until stopped. Needs
BROKER_TOKEN, BROKER_SERVER_URL, BROKER_CLIENT_URL, CR_AGENT_URL, CR_TYPE and the registry's address and
credentials (CR_BASE, CR_USERNAME, CR_PASSWORD ..). Listens on PORT (7341).

  --explain 'METHOD PATH'  Say which rule lets a request through, or why none does, and end: 0 when it may pass.
                           Heeds ACCEPT and ACCEPT_UNSAFE.`,
  () => import('@plimsoll/broker-client'),
);

export const brokerClient: Command = {
  help: runBrokerClient.help,
  async run(args) {
    const { explain } = readOptions(args, { explain: { type: 'string' } }).values;
    if (explain === undefined) return runBrokerClient.run(args);
    const { explainRequest } = await import('@plimsoll/broker-client');
    const { isAllowed, text } = explainRequest(process.env, explain);
    printLine(text);
    return isAllowed ? exitCodes.ok : exitCodes.failure;
  },
};

export const agent = part(
  'agent',
  'Reads registries and images for a broker client. Needs no configuration. Listens on SNYK_PORT or PORT (17500).',
  () => import('@plimsoll/agent'),
);
