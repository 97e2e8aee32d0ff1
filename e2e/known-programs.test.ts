import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '@plimsoll/contracts';
import { openImageSource, scanImage } from '@plimsoll/scanner';
import { buildImage, writeLayout } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingPrograms, runProgram } from './support/programs.ts';
import { layersOf } from './support/root-layers.ts';

// Well-known programs as Debian builds them, in an image that has no package database: as if somebody had copied them.

/** By Debian package: what the program in it is called in an inventory. */
const programs: Readonly<Record<string, string>> = {
  'apache2-bin': 'httpd',
  bash: 'bash',
  'busybox-static': 'busybox',
  curl: 'curl',
  'erlang-base': 'erlang',
  haproxy: 'haproxy',
  libcurl4: 'curl',
  'libruby3.1': 'ruby',
  libssl3: 'openssl',
  nginx: 'nginx',
  openssl: 'openssl',
  'openjdk-17-jre-headless': 'openjdk',
  'perl-base': 'perl',
  'php8.2-cli': 'php',
  'postgresql-15': 'postgresql',
  'python3.11-minimal': 'python',
  'redis-tools': 'redis',
};

const refusal =
  missingPrograms('apt-get', 'dpkg-deb', 'tar').map((name) => `${name} is not installed`)[0] ??
  (/^VERSION_CODENAME=bookworm$/m.test(readRelease()) ? undefined : 'the packages are those of Debian 12');
if (refusal) console.log(`known-programs.test.ts skipped: ${refusal}`);

function readRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}

describe.skipIf(refusal)('programs that no package owns', () => {
  let dir: string;
  let inventory: Inventory;
  const versions = new Map<string, string>();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-programs-'));
    const debs = join(dir, 'debs');
    const root = join(dir, 'root');
    await Promise.all([mkdir(debs), mkdir(root)]);
    await runProgram('env', ['-C', debs, 'apt-get', 'download', '-qq', ...Object.keys(programs)]);
    for (const file of await readdir(debs)) {
      const deb = join(debs, file);
      const [name = '', version = ''] = (
        await runProgram('dpkg-deb', ['-W', '--showformat', '${Package} ${Version}', deb])
      ).split(' ');
      versions.set(name, version);
      await runProgram('dpkg-deb', ['-x', deb, root]);
    }
    const tar = await layersOf(root, dir).takeLayer();
    await writeLayout(join(dir, 'layout'), [
      { name: 'programs', image: await buildImage({ layers: [{ tar, mediaType: 'plain' }] }) },
    ]);
    const { signal } = new AbortController();
    inventory = await scanImage(await openImageSource(join(dir, 'layout'), {}, signal), {}, signal);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(Object.entries(programs))('of %s are named as %s, with their version', (deb, name) => {
    // Without epoch, and without what Debian adds; `3.1.7+really3.1.2` is 3.1.2.
    const upstream = /^(?:\d+:)?(?:.*\+really)?(\d+(?:\.\d+)*)/.exec(versions.get(deb) ?? '')?.[1];
    const found = inventory.packages.filter((one) => one.type === 'generic' && one.name === name);

    expect(found.map(({ version }) => version)).toEqual([upstream]);
  });
});
