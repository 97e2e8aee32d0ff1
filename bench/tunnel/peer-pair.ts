import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answering, freePort, type Programs } from './programs.ts';

const release = 'snyk-broker@5.22.14';
const token = '11111111-2222-4333-8444-555555555555';

/** The broker of npm, server and client, in a temporary folder. */
export type PeerPair = {
  readonly url: string;
  readonly server: ChildProcess;
  readonly client: ChildProcess;
  remove(): void;
};

/** Its server (primus 6) reads a property of Node's answers that Node 24 no longer has. */
const shim = `const { OutgoingMessage } = require('node:http');
Object.defineProperty(OutgoingMessage.prototype, '_headers', { get() { return this.getHeaders(); } });
`;

/** What its container images say of the parts it is made of. */
const config = {
  REMOTE_WORKLOAD_NAME: 'BrokerWorkload',
  REMOTE_WORKLOAD_MODULE_PATH: '../broker-workload/websocketRequests',
  CLIENT_WORKLOAD_NAME: 'BrokerClientRequestWorkload',
  CLIENT_WORKLOAD_MODULE_PATH: '../broker-workload/clientLocalRequests',
};

export async function startPeerPair(programs: Programs, agentUrl: string): Promise<PeerPair> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-peer-'));
  const write = (name: string, value: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };
  write('package.json', { private: true });
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  await promisify(execFile)('npm', ['install', release, ...options], { timeout: 300_000 });
  write('config.default.json', config);
  const preload = write('shim.cjs', shim);
  const everything = { method: 'any', path: '/*' };
  const [port, clientPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const start = (role: 'server' | 'client', env: Record<string, string>) =>
    programs.start(['--require', preload, join(folder, 'node_modules/snyk-broker/dist/cli/index.js'), role], {
      HOME: folder,
      ...env,
    });
  const server = start('server', {
    PORT: String(port),
    ACCEPT: write('server.json', { public: [everything], private: [{ ...everything, origin: agentUrl }] }),
  });
  await answering(`${url}/healthcheck`);
  const client = start('client', {
    PORT: String(clientPort),
    ACCEPT: write('client.json', { public: [], private: [{ ...everything, origin: '${CR_AGENT_URL}' }] }),
    BROKER_TOKEN: token,
    BROKER_SERVER_URL: url,
    BROKER_CLIENT_URL: `http://127.0.0.1:${clientPort}`,
    CR_AGENT_URL: agentUrl,
    PREFLIGHT_CHECKS_ENABLED: 'false',
    IPV6_CONNECTIVITY_CHECK_ENABLED: 'false',
  });
  await answering(`${url}/broker/${token}/list`);
  return { url: `${url}/broker/${token}`, server, client, remove: () => rmSync(folder, { recursive: true }) };
}
