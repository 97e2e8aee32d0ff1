import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unusedPort } from './plimsoll.ts';
import { runProgram } from './programs.ts';

/** Debian's squid that opens TLS (package squid-openssl), as firewalls of companies do. */
export type Squid = {
  /** With name and password. */
  readonly url: string;
  /** The authority by which it signs certificates for every host (PEM). */
  readonly authorityFile: string;
  /** The requests that it saw, one a line. */
  accessLog(): string;
  stop(): Promise<void>;
};

const helpers = '/usr/lib/squid';

/** Why it cannot be started here; undefined when it can. */
export function squidIsMissing(): string | undefined {
  return existsSync(`${helpers}/security_file_certgen`) ? undefined : 'squid-openssl is not installed';
}

/**
 * Starts a squid that asks for a name and a password, and reads what goes through it.
 * @param options.trusts the authority by which it knows the servers that it asks
 * @param options.passesWebSockets squid does not unless told
 */
export async function startSquid(
  folder: string,
  options: { trusts: string; passesWebSockets: boolean },
): Promise<Squid> {
  const dir = join(folder, options.passesWebSockets ? 'squid-open' : 'squid-closed');
  mkdirSync(dir);
  // Started by root it becomes another user.
  chmodSync(folder, 0o755);
  chmodSync(dir, 0o777);
  const file = (name: string) => join(dir, name);
  const [key, authority] = [file('authority.key'), file('authority.crt')];
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=inspection';
  const files = `-addext basicConstraints=critical,CA:TRUE -keyout ${key} -out ${authority}`;
  await runProgram('openssl', `${request} ${files}`.split(' '));
  chmodSync(key, 0o644);
  const hash = await runProgram('openssl', ['passwd', '-apr1', 'proxy-secret']);
  writeFileSync(file('users'), `proxyuser:${hash.trim()}\n`);
  await runProgram(`${helpers}/security_file_certgen`, ['-c', '-s', file('certificates'), '-M', '4MB']);
  await runProgram('chmod', ['-R', 'a+rwX', dir]);
  const port = await unusedPort();
  writeFileSync(
    file('squid.conf'),
    [
      `http_port 127.0.0.1:${port} ssl-bump generate-host-certificates=on tls-cert=${authority} tls-key=${key}`,
      `sslcrtd_program ${helpers}/security_file_certgen -s ${file('certificates')} -M 4MB`,
      'acl hello at_step SslBump1',
      'ssl_bump peek hello',
      'ssl_bump bump all',
      `tls_outgoing_options cafile=${options.trusts}`,
      `auth_param basic program ${helpers}/basic_ncsa_auth ${file('users')}`,
      'acl known proxy_auth REQUIRED',
      'http_access allow known',
      'http_access deny all',
      ...(options.passesWebSockets ? ['http_upgrade_request_protocols websocket allow all'] : []),
      'cache deny all',
      'pinger_enable off',
      'shutdown_lifetime 0 seconds',
      `pid_filename ${file('squid.pid')}`,
      `access_log stdio:${file('access.log')}`,
      `cache_log ${file('cache.log')}`,
      `coredump_dir ${dir}`,
      '',
    ].join('\n'),
  );
  const squid = spawn('squid', ['-N', '-f', file('squid.conf')], { stdio: 'ignore' });
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  while (!read('cache.log').includes('Accepting')) {
    if (squid.exitCode !== null) throw new Error(`squid ended: ${read('cache.log').slice(-2_000)}`);
    await sleep(50);
  }
  return {
    url: `http://proxyuser:proxy-secret@127.0.0.1:${port}`,
    authorityFile: authority,
    accessLog: () => read('access.log'),
    async stop() {
      if (squid.exitCode !== null) return;
      squid.kill('SIGKILL');
      await once(squid, 'exit');
    },
  };
}
