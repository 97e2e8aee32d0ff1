import { expect, it } from 'vitest';
import { parseRegistryBase } from './registry-base.ts';

it.each([
  ['registry.example.com', 'https://registry.example.com', '', false],
  [' Registry.Example.com/ ', 'https://registry.example.com', '', false],
  ['localhost:5000', 'https://localhost:5000', '', false],
  ['http://localhost:5000', 'http://localhost:5000', '', true],
  ['https://registry.example.com/v2/', 'https://registry.example.com', '', false],
  ['h.test/artifactory/api/docker/local/', 'https://h.test', '/artifactory/api/docker/local', false],
  ['h.test:8443/repository/docker/v2', 'https://h.test:8443', '/repository/docker', false],
  ['[::1]:5000', 'https://[::1]:5000', '', false],
])('reads %s', (typed, origin, pathPrefix, plainHttp) => {
  expect(parseRegistryBase(typed)).toMatchObject({ origin, pathPrefix, plainHttp });
});

it('uses plain HTTP for a base without scheme when that is asked for', () => {
  expect(parseRegistryBase('registry:5000', { insecureHttp: true })).toMatchObject({
    origin: 'http://registry:5000',
    plainHttp: true,
  });
});

it.each([
  '',
  'https://',
  'ftp://h.test',
  'http://a b',
  'https://user:hunter2@h.test',
  'https://h.test/?token=hunter2',
])('refuses %j without quoting it', (typed) => {
  expect(() => parseRegistryBase(typed)).toThrow(expect.objectContaining({ code: 'not-a-registry' }));
  expect(() => parseRegistryBase(typed)).not.toThrow(/hunter2/);
});
