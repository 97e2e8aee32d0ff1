import { expect, it } from 'vitest';
import { pythonArchives } from './python-archives.ts';
import { fixture, readFile } from './testing-read.ts';
import { zip } from './testing-zip.ts';

const wheel = zip({
  'requests/a.py': 'x',
  'requests-2.34.2.dist-info/METADATA': fixture('requests-METADATA'),
});
const read = (path: string, archive: Buffer) => {
  const { facts, warnings } = readFile(pythonArchives, path, archive);
  return [facts.packages?.map(({ name, version, nestedIn }) => [name, version, nestedIn]), warnings.length];
};

it.each([
  ['opt/app/lib/requests-2.34.2-py3-none-any.whl', undefined],
  ['usr/share/python-wheels/requests-2.34.2-py2.py3-none-any.whl', 'python-wheels'],
  ['usr/lib/python3.11/ensurepip/_bundled/requests-2.34.2-py3-none-any.whl', 'ensurepip'],
])('reads the wheel %s, and says what only carries it: %s', (path, nestedIn) => {
  expect(read(path, wheel)).toEqual([[['requests', '2.34.2', nestedIn]], 0]);
});

it('reads an egg that was never unpacked', () => {
  const egg = zip({ 'EGG-INFO/PKG-INFO': 'Metadata-Version: 1.0\nName: six\nVersion: 1.5\n' });
  expect(read('lib/site-packages/six-1.5-py2.7.egg', egg)).toEqual([[['six', '1.5', undefined]], 0]);
});

it('warns of an archive without metadata, also when the metadata of a package in it is not its own', () => {
  expect(read('a.whl', zip({ 'vendor/b-1.dist-info/METADATA': fixture('requests-METADATA') }))).toEqual([
    undefined,
    1,
  ]);
});

it('refuses an archive whose directory leads outside of it', () => {
  const lying = Buffer.from(wheel);
  lying.writeUInt32LE(0xffff_ffff, lying.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 42);

  expect(() => read('a.whl', lying)).toThrow('An entry is not where it should be');
});
