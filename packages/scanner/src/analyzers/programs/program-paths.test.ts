import { expect, it } from 'vitest';
import { knownProgram } from './known-programs.ts';
import { mayBeProgram } from './program-paths.ts';

it.each([
  ['bin/app.sh', true],
  ['usr/sbin/app.sh', true],
  ['usr/local/bin/app-1.2', true],
  ['opt/app/server', true],
  ['server', true],
  ['usr/xbin/app.sh', false],
  ['usr/bin.d/app.sh', false],
  ['opt/app/server.js', false],
  ['app/node_modules/a/LICENSE', false],
  ['app/node_modules/a/bin/a', true],
  ['usr/share/doc/bash', false],
  ['etc/bin/x', false],
])('knows by its path whether a file may be a program: %s', (path, isOne) => {
  expect(mayBeProgram(path)).toBe(isOne);
});

it.each([
  ['usr/bin/node', 'node'],
  ['usr/lib/libnode.so.115', 'node'],
  ['jvm/lib/server/libjvm.so', 'openjdk'],
  ['usr/lib/libpython3.12.so.1.0', 'python'],
  ['usr/bin/python3.9', 'python'],
  ['usr/lib/libruby-3.1.so.3.1', 'ruby'],
  ['usr/sbin/php-fpm8.2', 'php'],
  ['usr/lib/libperl.so.5.36', 'perl'],
  ['usr/sbin/nginx', 'nginx'],
  ['usr/sbin/apache2', 'httpd'],
  ['usr/sbin/httpd', 'httpd'],
  ['usr/bin/redis-server', 'redis'],
  ['usr/lib/postgresql/15/bin/postgres', 'postgresql'],
  ['bin/busybox', 'busybox'],
  ['usr/lib/libcrypto.so.3', 'openssl'],
  ['usr/bin/openssl', 'openssl'],
  ['usr/lib/libcurl-gnutls.so.4', 'curl'],
  ['bash', 'bash'],
  ['usr/sbin/haproxy', 'haproxy'],
  ['usr/local/bin/traefik', 'github.com/traefik/traefik'],
  ['bin/consul', 'github.com/hashicorp/consul'],
  ['bin/vault', 'github.com/hashicorp/vault'],
  ['usr/bin/nodemon', undefined],
  ['usr/lib/libm.so', undefined],
  ['lib', undefined],
  ['', undefined],
])('knows by its name what program a file is: %s', (path, name) => {
  expect(knownProgram(path)?.program.name).toBe(name);
});
