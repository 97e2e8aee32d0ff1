import { expect, it } from 'vitest';
import { composer } from './composer.ts';
import { fixture, readFile } from './testing-read.ts';

const path = 'srv/vendor/composer/installed.json';

it('reads what Composer 2 installed', () => {
  const { facts, names } = readFile(composer, path, fixture('composer-installed-v2.json'));

  expect(names).toEqual(['monolog/monolog 2.9.1', 'symfony/http-kernel v5.4.19']);
  expect(facts.packages).toMatchObject([{ type: 'composer', evidence: 'installed' }, {}]);
});

it('reads what Composer 1 installed', () => {
  const { names } = readFile(
    composer,
    path,
    '[{"name": "psr/log", "version": "1.1.4"}, null, {"name": "a"}]',
  );

  expect(names).toEqual(['psr/log 1.1.4']);
});

it('says where packages would be installed that a lockfile declares', () => {
  expect(readFile(composer, 'srv/composer.lock', '{}').facts.unlessInstalledIn).toBe('srv/vendor');
});
