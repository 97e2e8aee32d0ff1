import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from './certificate.ts';
import { unusedPort } from './plimsoll.ts';

/** Debian's nginx in front of a platform, as in the example of docs/operations/deploy.md. */
export type Nginx = {
  /** By https, for each of the idle timeouts asked for. */
  readonly urls: readonly string[];
  /** The first of them, on the loopback address of IPv6. */
  readonly urlOfIpv6: string;
  stop(): Promise<void>;
};

/**
 * @param idleSeconds `proxy_read_timeout` of each address; nginx closes what the platform is silent on for so long.
 * @param passesWebSockets nginx does not unless its configuration says so.
 */
export async function startNginx(
  folder: string,
  platformUrl: string,
  certificate: Certificate,
  idleSeconds: readonly number[],
  passesWebSockets = true,
): Promise<Nginx> {
  const dir = join(folder, 'nginx');
  mkdirSync(dir);
  // Started by root it becomes another user, and keeps larger bodies in files.
  chmodSync(folder, 0o755);
  const ports: number[] = [];
  for (const _ of idleSeconds) ports.push(await unusedPort());
  const servers = idleSeconds.map(
    (seconds, index) => `server {
      listen 127.0.0.1:${ports[index]} ssl;
      ${index === 0 ? `listen [::1]:${ports[0]} ssl;` : ''}
      ssl_certificate ${certificate.certificateFile};
      ssl_certificate_key ${certificate.keyFile};
      location / {
        proxy_pass ${platformUrl};
        proxy_http_version 1.1;
        ${passesWebSockets ? passUpgrades : ''}
        proxy_set_header Host $host;
        proxy_read_timeout ${seconds}s;
        proxy_send_timeout ${seconds}s;
      }
    }`,
  );
  const config = `
    pid ${dir}/nginx.pid; daemon off; error_log ${dir}/error.log;
    events {}
    http {
      access_log off;
      client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy;
      fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
      map $http_upgrade $connection_upgrade { default upgrade; '' close; }
      ${servers.join('\n')}
    }`;
  writeFileSync(join(dir, 'nginx.conf'), config);
  const nginx = spawn('nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir, '-e', `${dir}/error.log`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await listens(ports[0] ?? 0))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    await sleep(50);
  }
  return {
    urls: ports.map((port) => `https://localhost:${port}`),
    urlOfIpv6: `https://[::1]:${ports[0]}`,
    async stop() {
      if (nginx.exitCode !== null) return;
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
    },
  };
}

const passUpgrades = `
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;`;

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}
