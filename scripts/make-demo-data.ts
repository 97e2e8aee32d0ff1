// Makes the data of the demo images anew: `node scripts/make-demo-data.ts`, as root on Debian, with mmdebstrap and
// npm, and with a Debian mirror and the npm registry in reach. The Alpine layers are not made here: see the README
// of the data for where their facts come from.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installNodePackages } from './demo-data/npm.ts';
import { chroot, readDebianState } from './demo-data/debian.ts';
import { layerBetween, type State } from './demo-data/layer.ts';

const output = join(import.meta.dirname, '..', 'packages', 'testkit', 'data', 'demo-images', 'layers');

/** Older releases that the archive still carries beside the newest, so that the demo has something to find. */
const staleSources = `deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
`;
const stalePreferences = [
  ['libc6 libc-bin', '2.36-9+deb12u7'],
  [
    'util-linux util-linux-extra bsdutils mount libblkid1 libmount1 libsmartcols1 libuuid1',
    '2.38.1-5+deb12u1',
  ],
  ['libsystemd0 libudev1', '252.38-1~deb12u1'],
  ['perl-base', '5.36.0-7+deb12u3'],
  ['liblzma5', '5.4.1-1+deb12u1'],
  ['libpcre2-8-0', '10.42-1'],
  ['apt libapt-pkg6.0', '2.6.1'],
  ['nginx nginx-common', '1.22.1-9+deb12u9'],
  ['curl libcurl4', '7.88.1-10+deb12u5'],
  ['openssl libssl3', '3.0.17-1~deb12u2'],
  ['python3.11 python3.11-minimal libpython3.11-stdlib libpython3.11-minimal', '3.11.2-6+deb12u8'],
  ['libexpat1', '2.5.0-1+deb12u2'],
  ['libssh2-1', '1.10.0-3+b1'],
]
  .map(([packages, version]) => `Package: ${packages}\nPin: version ${version}\nPin-Priority: 1001\n`)
  .join('\n');

const work = mkdtempSync(join(tmpdir(), 'plimsoll-demo-data-'));
try {
  makeDebianLayers();
  makeNodeLayers();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function makeDebianLayers(): void {
  const base = join(work, 'base');
  run('mmdebstrap', ['--variant=minbase', 'bookworm', base, 'http://deb.debian.org/debian']);
  write('debian-12', {}, readDebianState(base));

  const stale = join(work, 'stale');
  run('cp', ['-a', base, stale]);
  cpSync('/etc/resolv.conf', join(stale, 'etc/resolv.conf'), { dereference: true });
  writeFileSync(join(stale, 'etc/apt/sources.list'), staleSources);
  writeFileSync(join(stale, 'etc/apt/preferences'), stalePreferences);
  chroot(stale, ['apt-get', 'update']);
  chroot(stale, 'apt-get dist-upgrade -y --allow-downgrades'.split(' '));
  const stale0 = readDebianState(stale);
  write('debian-12-stale', {}, stale0);

  chroot(stale, 'apt-get install -y --no-install-recommends nginx curl openssl python3'.split(' '));
  const web = readDebianState(stale);
  write('debian-12-web', stale0, web);

  rmSync(join(stale, 'etc/apt/preferences'));
  chroot(stale, ['apt-get', 'upgrade', '-y']);
  const upgraded = readDebianState(stale);
  write('debian-12-web-upgraded', web, upgraded);

  chroot(stale, 'apt-get autoremove -y python3'.split(' '));
  write('debian-12-web-without-python', upgraded, readDebianState(stale));
}

function run(program: string, args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function makeNodeLayers(): void {
  const dir = join(work, 'api');
  mkdirSync(dir);
  const manifest = { name: 'shop-api', version: '2024.1.0', private: true, license: 'UNLICENSED' };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
  const older = ['express@4.17.1', 'lodash@4.17.20', 'minimist@1.2.5', 'axios@0.21.1', 'ws@7.4.5'];
  const first = installNodePackages(dir, ['install', ...older, 'jsonwebtoken@8.5.1']);
  write('node-api', {}, first);
  const withoutWs = installNodePackages(dir, ['uninstall', 'ws']);
  write('node-api-without-ws', first, withoutWs);
  write('node-api-upgraded', withoutWs, installNodePackages(dir, ['install', 'lodash@4.17.21']));
}

function write(name: string, before: State, after: State): void {
  const layer = layerBetween(before, after);
  const file = join(output, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(layer, null, 1)}\n`);
  console.log(`${name}: ${Object.keys(layer.files).length} files, ${readFileSync(file).length} bytes`);
}
