import { LocalPostgresError, startLocalPostgres, type LocalPostgres } from '@plimsoll/local-postgres';
import { exitCodes } from '@plimsoll/runtime';
import { importInChild } from './advisory-sources.ts';
import { CommandError } from './command.ts';
import { DataDirectory, type RegistryState, type State } from './data-directory.ts';
import { chooseDatabaseFolder, insideFolder } from './database-folder.ts';
import { followSync, imageTable } from './follow-sync.ts';
import { claimPort, freePort } from './free-port.ts';
import {
  agentPart,
  brokerClientPart,
  demoRegistryPart,
  loopbackOf,
  platformPart,
  type Machine,
  type PartPlan,
} from './parts.ts';
import { Part } from './part.ts';
import { PlatformClient } from './platform-client.ts';
import {
  forgetRegistry,
  newEncryptionKey,
  newState,
  provisionRegistry,
  signIn,
  waitForBroker,
} from './provision.ts';
import { printError, printLine } from './terminal.ts';

export type UpOptions = {
  readonly dataDirectory: string;
  /** True when nobody chose the data directory, so that the database may go elsewhere when it cannot be there. */
  readonly isDefaultDirectory: boolean;
  readonly port: number;
  readonly host: string;
  readonly advisories: string | undefined;
  readonly caCert: string | undefined;
  readonly once: boolean;
  readonly verbose: boolean;
  readonly registry: RegistryState | undefined;
};

const demoName = 'demo';

/** Starts everything on this machine and runs until it is told to stop. Answers with the exit code. */
export async function runEverything(options: UpOptions): Promise<number> {
  const directory = new DataDirectory(options.dataDirectory);
  directory.lock();
  const stops: (() => Promise<void> | void)[] = [() => directory.release()];
  const ended = new AbortController();
  let exitCode: number = exitCodes.ok;
  const onSignal = () => {
    if (ended.signal.aborted) process.exit(exitCodes.failure);
    printLine('\nStopping; a second Ctrl-C does not wait.');
    ended.abort(new Stopped());
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const giveUp = (message: string) => {
    printError(message);
    exitCode = exitCodes.unavailable;
    ended.abort(new Stopped());
  };

  try {
    await startAndSync(new Start(options, directory, stops, giveUp, ended.signal));
    if (!options.once) await aborted(ended.signal);
  } catch (error) {
    if (!(error instanceof Stopped) && !(ended.signal.aborted && isAbort(error))) throw error;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
  return exitCode;
}

/** What the steps of a start share. */
class Start {
  readonly options: UpOptions;
  readonly directory: DataDirectory;
  readonly signal: AbortSignal;
  readonly state: State;
  readonly isFirst: boolean;
  readonly #stops: (() => Promise<void> | void)[];
  readonly #giveUp: (message: string) => void;

  constructor(
    options: UpOptions,
    directory: DataDirectory,
    stops: (() => Promise<void> | void)[],
    giveUp: (message: string) => void,
    signal: AbortSignal,
  ) {
    this.options = options;
    this.directory = directory;
    this.signal = signal;
    this.#stops = stops;
    this.#giveUp = giveUp;
    const known = directory.readState();
    this.isFirst = known === undefined;
    this.state = known ?? newState();
  }

  get machine(): Machine {
    return {
      dataDirectory: this.directory.path,
      logLevel: this.options.verbose ? 'debug' : 'info',
      caCert: this.options.caCert,
    };
  }

  get platformUrl(): string {
    return `http://${loopbackOf(this.options.host)}:${this.options.port}`;
  }

  onStop(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  giveUp(message: string): void {
    this.#giveUp(message);
  }

  remember(): void {
    this.directory.writeState(this.state);
  }

  async startPart(plan: PartPlan): Promise<void> {
    const part = new Part({
      ...plan,
      logs: this.directory.logs,
      onGivenUp: (message) => this.giveUp(message),
    });
    this.onStop(() => part.stop());
    await part.start();
  }
}

async function startAndSync(start: Start): Promise<void> {
  const { options, state } = start;
  await claimPort(options.port, options.host);
  const postgres = await step('database', () => startDatabase(start));
  const databaseUrl = postgres.connectionString();
  const encryptionKey = (state.encryptionKey ??= newEncryptionKey());
  const platform = platformPart(start.machine, {
    host: options.host,
    port: options.port,
    databaseUrl,
    encryptionKey,
    admin: state.admin,
  });
  await step('platform', () => start.startPart(platform));
  start.remember();
  start.directory.writeRuntime({ platformUrl: start.platformUrl, databaseUrl });

  const client = new PlatformClient(start.platformUrl);
  const orgId = await signIn(client, state);
  state.orgId = orgId;
  start.remember();

  const source =
    options.advisories ?? (start.isFirst || (await client.advisoryFeeds()).length === 0 ? 'shipped' : 'none');
  if (source !== 'none') {
    await step('advisories', () => importInChild(source, databaseUrl));
  }

  const added = chooseRegistry(start);
  const agentPort = await freePort(17_500);
  await step('agent', () => start.startPart(agentPart(start.machine, agentPort)));
  for (const registry of state.registries) {
    await step(`registry ${registry.name}`, () => connectRegistry(start, client, orgId, registry, agentPort));
  }

  for (const registry of state.registries)
    await syncAndShow(start, client, orgId, registry, registry === added);
  printLine(`\n${imageTable(await client.projects(orgId))}`);
  printWelcome(start);
}

/** The registry of this command line, when it is new; the demo registry at a first start without one. */
function chooseRegistry({ options, state }: Start): RegistryState | undefined {
  const wanted =
    options.registry ?? (state.registries.length === 0 ? { name: demoName, type: 'oci' } : undefined);
  if (!wanted) return undefined;
  const known = state.registries.find((registry) => registry.name === wanted.name);
  if (known) {
    Object.assign(known, wanted);
    return undefined;
  }
  state.registries.push(wanted);
  return wanted;
}

async function startDatabase(start: Start): Promise<LocalPostgres> {
  const dataDirectory = start.directory.path;
  const directory = chooseDatabaseFolder(dataDirectory, start.options.isDefaultDirectory);
  const inside = insideFolder(dataDirectory);
  if (directory !== inside) printLine(`  (the database cannot be in ${inside}; it is in ${directory})`);
  try {
    const postgres = await startLocalPostgres({
      directory,
      onExit: (description) => start.giveUp(`${description}. Its data are in ${directory}.`),
    });
    start.onStop(() => postgres.stop());
    return postgres;
  } catch (error) {
    if (!(error instanceof LocalPostgresError)) throw error;
    throw new CommandError(exitCodes.unavailable, error.message, { cause: error });
  }
}

async function connectRegistry(
  start: Start,
  client: PlatformClient,
  orgId: string,
  registry: RegistryState,
  agentPort: number,
): Promise<void> {
  let base = registry.base;
  if (base === undefined) {
    const port = await freePort();
    await start.startPart(demoRegistryPart(start.machine, port));
    base = `http://127.0.0.1:${port}`;
  }
  const integrationId = await provisionRegistry(client, orgId, registry, () => start.remember());
  const port = await freePort(7_341);
  const plan = brokerClientPart(start.machine, {
    port,
    platformUrl: start.platformUrl,
    agentPort,
    registry,
    base,
  });
  await start.startPart(plan);
  await waitForBroker(client, orgId, integrationId);
  const check = await client.checkConnection(orgId, integrationId);
  if (check.attributes.ok) return;
  const failed = check.attributes.hops.find((hop) => hop.status === 'failed');
  const isNew = (await client.latestRun(orgId, integrationId)) === undefined;
  if (isNew) await forgetRegistry(client, orgId, registry, start.state, start.directory);
  const message = `The registry ${registry.name} cannot be used: ${failed?.message ?? 'the connection check failed'}`;
  if (isNew) throw new CommandError(exitCodes.refused, message);
  printError(`  ${message}`);
}

async function syncAndShow(
  start: Start,
  client: PlatformClient,
  orgId: string,
  registry: RegistryState,
  isNew: boolean,
): Promise<void> {
  const id = registry.integrationId;
  if (id === undefined) return;
  if (isNew) {
    await client.setPolicy(orgId, id, {
      name: 'Import everything',
      schedule_frequency_hours: 24,
      delete_images: false,
      import_policy: { type: 'ImportAll' },
    });
  }
  const latest = await client.latestRun(orgId, id);
  if (!isNew && latest?.attributes.finished_at !== undefined) return;
  printLine(`\nSyncing ${registry.name}`);
  const run = await followSync(client, orgId, id, start.signal);
  for (const warning of run?.attributes.warnings ?? []) printLine(`  ! ${warning}`);
  if (run?.attributes.status === 'failed')
    printError(`  The sync failed: ${run.attributes.error_message ?? 'no reason told'}`);
}

function printWelcome({ state, platformUrl, options, directory }: Start): void {
  printLine(`
  Page      ${platformUrl}
  Login     ${state.admin.email}
  Password  ${state.admin.password}
  Data      ${directory.path}`);
  if (!options.once) printLine('\nRunning. Ctrl-C stops everything; the next start goes on from here.');
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const result = await work();
  printLine(`  ✔ ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  return result;
}

class Stopped extends Error {
  override readonly name = 'Stopped';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Stopped');
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
