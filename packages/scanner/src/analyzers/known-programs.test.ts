import { expect, it } from 'vitest';
import { knownPrograms } from './known-programs.ts';
import { elfHeader, readProgram } from './programs/testing-program.ts';

/** A program with a text in it, among others. */
const program = (text: string) =>
  Buffer.concat([elfHeader, Buffer.from(`usage: %s\0${text}\0%d files\0`, 'latin1'), Buffer.alloc(4_000)]);
const names = (path: string, text: string) => readProgram(knownPrograms, program(text), { path }).names;

// The texts are those of the programs that Debian 12 and the projects' own images ship, as `strings` prints them.
it.each([
  ['usr/bin/node', 'node.js/v20.20.2', 'node 20.20.2'],
  ['usr/bin/nodejs', 'https://x/\0node.js/v24.21.0Protocol-Version', 'node 24.21.0'],
  [
    'usr/lib/jvm/x/lib/server/libjvm.so',
    'OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1) for linux-amd64 JRE (17.0.15+6-Debian-1deb12u1), built',
    'openjdk 17.0.15',
  ],
  ['opt/jre/lib/libjvm.so', 'VM (25.392-b08) for linux-amd64 JRE (1.8.0_392-b08)', 'openjdk 1.8.0_392'],
  ['usr/bin/python3.11', '3.2.0\x003.11.2\0', 'python 3.11.2'],
  ['usr/lib/libpython3.13.so.1.0', '/root/.pyenv/versions/3.13.0', 'python 3.13.0'],
  ['usr/lib/libpython3.14.so.1.0', '3.14.0rc2', 'python 3.14.0rc2'],
  ['usr/lib/libpython2.7.so.1.0', '2.7.18+', 'python 2.7.18'],
  [
    'usr/lib/libruby-3.1.so.3.1.2',
    'ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) +YJIT [x86_64-linux]',
    'ruby 3.1.2',
  ],
  ['usr/local/bin/ruby', 'ruby 3.4.1 (2024-12-25 revision 48d4efcb85) [x86_64-linux]', 'ruby 3.4.1'],
  ['usr/bin/php8.2', 'X-Powered-By: PHP/8.2.36', 'php 8.2.36'],
  ['usr/sbin/php-fpm8.3', 'X-Powered-By: PHP/8.3.0RC6', 'php 8.3.0'],
  [
    'usr/bin/perl',
    '\nThis is perl 5, version 36, subversion 0 (%-p) built for x86_64-linux-gnu-thread-multi',
    'perl 5.36.0',
  ],
  ['usr/local/bin/perl', '/usr/local/lib/perl5/5.20.0\0-e', 'perl 5.20.0'],
  ['usr/sbin/nginx', 'nginx version: nginx/1.22.1', 'nginx 1.22.1'],
  ['usr/local/openresty/nginx/sbin/nginx', 'nginx version: openresty/1.21.4.3', 'nginx 1.21.4'],
  ['usr/local/apache2/bin/httpd', 'Apache/2.4.71 (Debian)', 'httpd 2.4.71'],
  ['usr/bin/redis-check-rdb', 'A\x007.0.151790282056000000000', 'redis 7.0.15'],
  ['usr/local/bin/redis-server', '7.4.06ac9a2f1b3d2-1730000000000000000', 'redis 7.4.0'],
  [
    'usr/lib/postgresql/15/bin/postgres',
    'postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)',
    'postgresql 15.20',
  ],
  ['usr/bin/postgres', 'PostgreSQL 9.6.24 on x86_64-pc-linux-gnu (Debian', 'postgresql 9.6.24'],
  ['usr/bin/postgres', 'PostgreSQL 15beta4 (Debian 15~beta4-1)', 'postgresql 15beta4'],
  ['bin/busybox', 'BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1)', 'busybox 1.35.0'],
  ['usr/bin/openssl', 'OpenSSL 3.0.22 25 Aug 2026', 'openssl 3.0.22'],
  ['usr/lib/libcrypto.so.1.1', 'OpenSSL 1.1.1w  11 Sep 2023', 'openssl 1.1.1w'],
  ['usr/bin/curl', 'curl/7.88.1', 'curl 7.88.1'],
  ['usr/lib/libcurl.so.4.8.0', 'libcurl/8.5.0', 'curl 8.5.0'],
  ['bin/bash', '@(#)Bash version 5.2.15(1) release GNU', 'bash 5.2.15'],
  ['usr/sbin/haproxy', ' version 2.6.12-1+deb12u4, released 2026/10/17', 'haproxy 2.6.12'],
  ['usr/sbin/haproxy', 'HA-Proxy version 1.8.30 2021/04/07', 'haproxy 1.8.30'],
  ['usr/local/sbin/haproxy', '2.7.3-1065b10\0\0\0HAProxy version follows', 'haproxy 2.7.3'],
  ['usr/local/bin/traefik', 'v3.1.2', 'github.com/traefik/traefik v3.1.2'],
  ['usr/local/bin/traefik', '\xd0\xbe2.10.7', 'github.com/traefik/traefik v2.10.7'],
  [
    'bin/consul',
    '-X github.com/hashicorp/consul/version.GitDescribe=1.12.9"',
    'github.com/hashicorp/consul v1.12.9',
  ],
  ['bin/consul', '<!-- CONSUL_VERSION: 1.17.0 -->', 'github.com/hashicorp/consul v1.17.0'],
  ['bin/vault', 'cloud:%s.%s:revoke1.19.4)(nil))', 'github.com/hashicorp/vault v1.19.4'],
  ['bin/vault', '0.0.00x%016x1.14.3\n123-abc1953', 'github.com/hashicorp/vault v1.14.3'],
  ['bin/vault', '0.0.00x%016x1.13.13123-abc', 'github.com/hashicorp/vault v1.13.13'],
  ['bin/vault', '1.11.6', 'github.com/hashicorp/vault v1.11.6'],
])('names %s by the text %j', (path, text, expected) => {
  expect(names(path, text)).toEqual([expected]);
});

it.each([
  ['usr/bin/postgres', 'PostgreSQL 9.1 or later is needed'],
  ['usr/bin/python3.11', '3.10.2'],
  ['usr/bin/openssl', 'OpenSSL 3.0.0 error'],
  ['usr/local/bin/traefik', 'v3.1.2\0v1.2.3'],
  ['usr/bin/node', 'node.js/version'],
  ['bin/vault', '0x%016x1.14.x'],
])('does not take a text in %s that only looks like its version: %j', (path, text) => {
  expect(names(path, text)).toBeUndefined();
});

it('finds a version in what is loaded, and looks for none in code', () => {
  const text = Buffer.from('\0curl/7.88.1\0');
  const segment = (flags: number) => {
    const header = Buffer.alloc(56);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(flags, 4);
    header.writeBigUInt64LE(4_096n, 8);
    header.writeBigUInt64LE(4_096n, 32);
    const elf = Buffer.from(elfHeader);
    elf.writeBigUInt64LE(64n, 32);
    elf.writeUInt16LE(56, 54);
    elf.writeUInt16LE(1, 56);
    return Buffer.concat([elf, header, Buffer.alloc(8_000)]);
  };
  const withText = (bytes: Buffer, at: number) => {
    text.copy(bytes, at);
    return readProgram(knownPrograms, bytes, { path: 'usr/bin/curl' }).names;
  };

  const [readable, executable] = [4, 5];
  expect(withText(segment(readable), 5_000)).toEqual(['curl 7.88.1']);
  expect(withText(segment(readable), 8_150)).toEqual(undefined);
  expect(withText(segment(executable), 5_000)).toEqual(undefined);
});
