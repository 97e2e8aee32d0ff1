import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRpmHeader } from './rpm/rpm-header.ts';
import { rpm } from './rpm.ts';
import { fixture, readFile } from './testing-read.ts';

/** One database in every store: a package with 400 files, and another from the same source with its own version. */
const stores = [
  ['SQLite', 'rpmdb.sqlite', 'rpmdb.sqlite.gz'],
  ['NDB', 'Packages.db', 'Packages.db.gz'],
  ['Berkeley DB', 'Packages', 'Packages.gz'],
  ['Berkeley DB of a big-endian machine', 'Packages', 'Packages-big-endian.gz'],
] as const;

const stored = (name: string) =>
  (name.endsWith('.zst') ? zstdDecompressSync : gunzipSync)(fixture(`rpm/${name}`));

it.each(stores)('reads packages with source, epoch, module and owned files from %s', (_store, name, file) => {
  const { facts, warnings } = readFile(rpm, `var/lib/rpm/${name}`, stored(file));

  expect(facts.packages?.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    {
      type: 'rpm',
      name: 'demo-lib',
      version: '1:2.4.6-3.module+el8',
      arch: 'noarch',
      origin: 'Acme',
      modularity: 'demo:2:8020:abc',
      evidence: 'installed',
    },
    {
      type: 'rpm',
      name: 'demo-tools',
      version: '9-3.module+el8',
      arch: 'noarch',
      sourceName: 'demo-lib',
      sourceVersion: '2.4.6-3.module+el8',
      origin: 'Acme',
      modularity: 'demo:2:8020:abc',
      evidence: 'installed',
    },
  ]);
  expect(facts.owns).toEqual([{ package: 'demo-lib', paths: ['usr/lib/node_modules/demo/package.json'] }]);
  expect(warnings).toEqual([]);
});

it.skipIf(!existsSync('/usr/bin/rpm')).each([
  ['sqlite', 'rpmdb.sqlite', 'rpmdb.sqlite.gz'],
  ['bdb_ro', 'Packages', 'Packages.gz'],
  ['bdb_ro', 'Packages', 'centos-5-Packages.zst'],
])('finds in %s what rpm finds (skipped without rpm)', (backend, name, file) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-rpm-'));
  try {
    writeFileSync(join(folder, name), stored(file));
    const format = '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n';
    const options = ['--define', `_db_backend ${backend}`, '--dbpath', folder, '-qa', '--qf', format];
    const listed = execFileSync('/usr/bin/rpm', options, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });

    const { names } = readFile(rpm, `var/lib/rpm/${name}`, stored(file));

    // rpm writes an epoch of 0, which is the same as none.
    expect(names?.sort()).toEqual(listed.trim().replaceAll(' 0:', ' ').split('\n').sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('reads the manifest of distroless Azure Linux', () => {
  const line = (name: string, epoch: string) =>
    `${name}\t3.0.8-2.azl3\t1700000000\t1700000000\tMicrosoft Corporation\t(none)\t1\tx86_64\t${epoch}\topenssl-3.0.8-2.azl3.src.rpm\n`;

  const { facts } = readFile(
    rpm,
    'var/lib/rpmmanifest/container-manifest-2',
    line('openssl-libs', '1') + 'rubbish',
  );

  expect(facts.packages).toEqual([
    {
      type: 'rpm',
      name: 'openssl-libs',
      version: '1:3.0.8-2.azl3',
      arch: 'x86_64',
      sourceName: 'openssl',
      sourceVersion: '3.0.8-2.azl3',
      origin: 'Microsoft Corporation',
      evidence: 'installed',
    },
  ]);
});

it('tells of a database that breaks off, and of the packages before', () => {
  const whole = stored('Packages.db.gz');

  const { names, warnings } = readFile(rpm, 'var/lib/rpm/Packages.db', whole.subarray(0, 6_000));

  expect(names).toEqual(['demo-tools 9-3.module+el8']);
  expect(warnings).toHaveLength(1);
});

it.each(stores)('reads a damaged %s within its bounds', (_store, name, file) => {
  const whole = stored(file);
  const patches = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  // Heads of pages decide where reading goes on.
  const heads = fc.array(
    fc.tuple(fc.nat({ max: Math.floor(whole.length / 4_096) - 1 }), fc.nat(31), fc.nat(255)),
    {
      maxLength: 8,
    },
  );

  fc.assert(
    fc.property(patches, heads, (anywhere, atHeads) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of anywhere) damaged[at] = byte;
      for (const [page, at, byte] of atHeads) damaged[page * 4_096 + at] = byte;
      const { facts } = readFile(rpm, `var/lib/rpm/${name}`, damaged);
      expect((facts.packages ?? []).length).toBeLessThan(100);
    }),
    { numRuns: 200 },
  );
});

it('refuses a header that claims more entries than it has', () => {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0xffffffff, 0);

  expect(() => readRpmHeader(header, () => true)).toThrow(RangeError);
});
