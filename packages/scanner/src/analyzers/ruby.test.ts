import { expect, it } from 'vitest';
import { ruby } from './ruby.ts';
import { fixture, readFile } from './testing-read.ts';

it('reads an installed gem from its specification', () => {
  const path = 'usr/local/bundle/specifications/rake-13.0.6.gemspec';

  const { facts } = readFile(ruby, path, fixture('rake.gemspec'));

  expect(facts.packages).toEqual([{ type: 'gem', name: 'rake', version: '13.0.6', evidence: 'installed' }]);
});

it.each([
  ['without the stub line', 's.name = "rack".freeze\n  s.version = "2.2.4"\n'],
  ['with a version object', '  s.name = \'rack\'\n  s.version = Gem::Version.new("2.2.4")\n'],
  ['with a platform', '# stub: rack 2.2.4 x86_64-linux lib\n'],
])('reads a specification %s', (_case, text) => {
  expect(readFile(ruby, 'specifications/rack.gemspec', text).names).toEqual(['rack 2.2.4']);
});

it('marks the default gems of the interpreter', () => {
  const path = 'usr/local/lib/ruby/gems/3.3.0/specifications/default/json-2.7.1.gemspec';

  const { facts } = readFile(ruby, path, '# stub: json 2.7.1 ruby lib\n');

  expect(facts.packages).toMatchObject([{ name: 'json', nestedIn: 'ruby' }]);
});
