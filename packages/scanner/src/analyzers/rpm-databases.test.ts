import { zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { rpm } from './rpm.ts';
import { fixture, readFile } from './testing-read.ts';

/** `name epoch:version-release architecture source`, as rpm was asked for it; the source is told where it differs. */
function found(path: string, bytes: Buffer): string[] {
  const { facts, warnings } = readFile(rpm, path, bytes);
  expect(warnings).toEqual([]);
  return facts
    .packages!.map(({ name, version, arch, sourceName, sourceVersion }) => {
      const plainVersion = version.replace(/^\d+:/, '');
      return `${name} ${version} ${arch} ${sourceName ?? name}-${sourceVersion ?? plainVersion}.src.rpm`;
    })
    .sort();
}

// What rpm says of an epoch of 0, and of sources that are not free, the analyzer does not tell apart.
const told = (list: string) =>
  list
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('gpg-pubkey '))
    .map((line) => line.replace(/ 0:/, ' ').replace(/\.nosrc\.rpm$/, '.src.rpm'))
    .sort();

it.each([
  ['var/lib/rpm/Packages', 'rpm/centos-5-Packages', 110],
  ['usr/lib/sysimage/rpm/Packages.db', 'rpm/sle-15-Packages.db', 35],
])('reads from %s of a real image what rpm itself listed', (path, name, count) => {
  const expected = told(fixture(`${name}.txt`).toString());

  expect(expected.length).toBe(count);
  expect(found(path, zstdDecompressSync(fixture(`${name}.zst`)))).toEqual(expected);
});
