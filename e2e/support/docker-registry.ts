import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificate } from './certificate.ts';
import { runProgram } from './programs.ts';

export type DockerRegistryOptions = {
  /** Where blobs and manifests are kept; several registries may serve one folder. A temporary one unless told. */
  readonly dataDir?: string;
  /** HTTPS with this certificate; plain HTTP without. */
  readonly tls?: Certificate;
  /** Only clients with this very certificate are let in (TLS). */
  readonly clientCertificate?: Certificate;
  /** Everything comes from the registry at this address, and is kept (a pull-through cache). */
  readonly remote?: string;
  /** One user with a password (htpasswd). */
  readonly basic?: { readonly username: string; readonly password: string };
  /** Bearer tokens from a token server; see token-server.ts. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificateFile: string;
  };
  /** Blobs are answered by a redirect to this address, as with object storage. */
  readonly redirectBlobsTo?: string;
  /** Where it tells of pushes, and what it sends there as `authorization`. */
  readonly notify?: { readonly url: string; readonly authorization: string };
  /** Serves below this path, as Artifactory and Nexus do: begins and ends with a slash. */
  readonly prefix?: string;
  /** Told of every request, `GET /v2/team/app/manifests/1`, once it was answered. */
  readonly onRequest?: (request: string) => void;
};

export type DockerRegistry = {
  /** `http(s)://127.0.0.1:port`, without the prefix. */
  readonly base: string;
  /** `127.0.0.1:port`, as skopeo wants it. */
  readonly host: string;
  readonly dataDir: string;
  stop(): Promise<void>;
};

/** As Debian's package of the same name installs it. */
const program = 'docker-registry';

/** Starts Debian's docker-registry (2.8) on a free port of the loopback and waits until it listens. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-docker-registry-'));
  const dataDir = options.dataDir ?? join(dir, 'data');
  const configFile = join(dir, 'config.json');
  // YAML is a superset of JSON, so the registry reads this.
  await writeFile(configFile, JSON.stringify(await configuration(options, dir, dataDir)));

  const child = spawn(program, ['serve', configFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  tellRequests(child.stdout, options.onRequest ?? (() => {}));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  const exited = once(child, 'exit').then(() => undefined);
  const host = await Promise.race([listeningAddress(child.stderr), exited]);
  if (!host) {
    await stop();
    throw new Error('docker-registry did not start');
  }
  return { base: `${options.tls ? 'https' : 'http'}://${host}`, host, dataDir, stop };
}

async function configuration(options: DockerRegistryOptions, dir: string, dataDir: string) {
  const { tls, basic, token, redirectBlobsTo, notify, prefix, clientCertificate, remote } = options;
  const htpasswdFile = join(dir, 'htpasswd');
  if (basic) {
    // The registry takes bcrypt only.
    await writeFile(htpasswdFile, await runProgram('htpasswd', ['-Bbn', basic.username, basic.password]));
  }
  return {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: dataDir }, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
      secret: 'test',
      ...(prefix ? { prefix } : {}),
      ...(tls
        ? {
            tls: {
              certificate: tls.certificateFile,
              key: tls.keyFile,
              ...(clientCertificate && { clientcas: [clientCertificate.certificateFile] }),
            },
          }
        : {}),
    },
    ...(remote ? { proxy: { remoteurl: remote } } : {}),
    ...(basic ? { auth: { htpasswd: { realm: 'test', path: htpasswdFile } } } : {}),
    ...(token
      ? {
          auth: {
            token: {
              realm: token.realm,
              service: token.service,
              issuer: token.issuer,
              rootcertbundle: token.certificateFile,
            },
          },
        }
      : {}),
    ...(notify ? { notifications: { endpoints: [endpointOf(notify)] } } : {}),
    ...(redirectBlobsTo
      ? { middleware: { storage: [{ name: 'redirect', options: { baseurl: redirectBlobsTo } }] } }
      : {}),
  };
}

function endpointOf({ url, authorization }: NonNullable<DockerRegistryOptions['notify']>) {
  const headers = { Authorization: [authorization] };
  return { name: 'plimsoll', url, headers, timeout: '5s', threshold: 3, backoff: '1s' };
}

/** The access log, in the form of Apache's `combined`. */
function tellRequests(stdout: NodeJS.ReadableStream, tell: (request: string) => void): void {
  createInterface({ input: stdout }).on('line', (line) => {
    const request = /"([A-Z]+ \S+) HTTP/.exec(line)?.[1];
    if (request) tell(request);
  });
}

/** The registry logs the port that the system chose. Keeps reading afterwards, so that the pipe never fills. */
function listeningAddress(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stderr }).on('line', (line) => {
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
  });
}
