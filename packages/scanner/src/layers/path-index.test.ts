import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PathIndex } from './path-index.ts';

const byEnding = (...endings: string[]) => ({
  endings,
  wants: (path: string) => endings.some((ending) => path.endsWith(ending)),
});
const folder = { wants: (path: string) => path.startsWith('var/lib/') };
const all = [byEnding('.json'), folder, byEnding('package.json', 'METADATA'), byEnding('/status', '.jar')];

it('finds the same one as asking all of them in turn', () => {
  const words = fc.constantFrom(
    'var',
    'lib',
    'package.json',
    'status',
    'METADATA',
    'a.jar',
    'x',
    'ü.json',
    '',
  );
  const paths = fc.array(words, { maxLength: 5 }).map((names) => names.join('/'));
  const index = new PathIndex(all);

  fc.assert(
    fc.property(fc.oneof(paths, fc.string()), (path) => {
      expect(index.find(path)).toBe(all.find((one) => one.wants(path)));
    }),
  );
});

it('asks only those whose endings may fit', () => {
  const asked: string[] = [];
  const spy = (name: string, endings: string[]) => ({ endings, wants: () => asked.push(name) === 0 });
  const index = new PathIndex([spy('jar', ['.jar']), spy('json', ['.json'])]);

  index.find('usr/lib/libc.so.6');
  index.find('opt/app.jar');

  expect(asked).toEqual(['jar']);
});

it('refuses an ending that is too short to be looked up', () => {
  expect(() => new PathIndex([byEnding('.a')])).toThrow(RangeError);
});
