import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The release of the deployed broker that is put to the test. */
const release = 'snyk-broker@5.22.14';

/** The npm client of the deployed broker, in a folder of its own. */
export type DeployedBroker = {
  /** Starts a client; `output` is what it printed so far. */
  start(environment: Readonly<Record<string, string>>): RunningClient;
  remove(): void;
};

export type RunningClient = { output(): string; stop(): Promise<void> };

/** Installs the client from npm; undefined, with the reason printed, when that is not possible here. */
export async function installDeployedBroker(): Promise<DeployedBroker | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-deployed-'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  try {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
    await promisify(execFile)('npm', ['install', release, ...options], { timeout: 300_000 });
  } catch (error) {
    console.log(
      `skipped: ${release} cannot be installed from npm: ${(error as Error).message.slice(0, 300)}`,
    );
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  // Its container images have this file, the npm package has not.
  writeFileSync(join(folder, 'config.default.json'), JSON.stringify(imageConfig));
  const accept = join(folder, 'accept.json');
  writeFileSync(accept, JSON.stringify(acceptRules));
  return {
    start: (environment) => startClient(folder, { ACCEPT: accept, ...environment }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What its images say about the parts it is made of; module paths as its loader takes them. */
const imageConfig = {
  REMOTE_WORKLOAD_NAME: 'BrokerWorkload',
  REMOTE_WORKLOAD_MODULE_PATH: '../broker-workload/websocketRequests',
  CLIENT_WORKLOAD_NAME: 'BrokerClientRequestWorkload',
  CLIENT_WORKLOAD_MODULE_PATH: '../broker-workload/clientLocalRequests',
};

/** The allow-list that such clients have for a container registry agent. */
export const acceptRules = {
  public: [
    '/api/v2/import/done',
    '/api/v2/import/result',
    '/v2/import/done',
    '/v2/import/result',
    '/rest/scan/result',
  ].map((path) => ({ method: 'POST', path, origin: '${BROKER_SERVER_URL}' })),
  private: [
    ...[
      '/healthcheck',
      '/validate-credentials',
      '/get-state-identifier',
      '/list',
      '/list/*',
      '/list-paginated/*',
      '/list-with-metadata/*',
      '/image-metadata/*',
    ].map((path) => ({ method: 'GET', path, origin: '${CR_AGENT_URL}' })),
    ...['/scan', '/discover'].map((path) => ({ method: 'POST', path, origin: '${CR_AGENT_URL}' })),
  ],
};

function startClient(folder: string, environment: Readonly<Record<string, string>>): RunningClient {
  const cli = join(folder, 'node_modules/snyk-broker/dist/cli/index.js');
  const child: ChildProcess = spawn(process.execPath, [cli, 'client'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
