import { expect, it } from 'vitest';
import { Digest, Platform, Reference, RepositoryName, TagName } from './names.ts';

it.each(['app', 'team/app', 'a/b/c', 'a__b', 'a--b', 'a.b/c-d_e', '0'.repeat(255)])(
  'takes %j as a repository',
  (name) => {
    expect(RepositoryName.safeParse(name).success).toBe(true);
  },
);

it.each([
  '',
  'App',
  '/app',
  'app/',
  'a//b',
  'a/../b',
  '.a',
  'a..b',
  'a___b',
  'a b',
  'a%2fb',
  'a\nb',
  '0'.repeat(256),
])('refuses %j as a repository', (name) => {
  expect(RepositoryName.safeParse(name).success).toBe(false);
});

it('tells tags and digests apart', () => {
  const digest = `sha256:${'0'.repeat(64)}`;

  expect(Digest.safeParse(digest).success).toBe(true);
  expect(Reference.safeParse(digest).success).toBe(true);
  expect(TagName.safeParse(digest).success).toBe(false);
  expect(TagName.safeParse('.hidden').success).toBe(false);
  expect(Reference.safeParse('v1.2_3-rc').success).toBe(true);
  expect(Digest.safeParse(`sha512:${'0'.repeat(64)}`).success).toBe(false);
});

it('takes platforms with and without a variant', () => {
  expect(
    ['linux/amd64', 'linux/arm/v7', 'windows/amd64'].every((name) => Platform.safeParse(name).success),
  ).toBe(true);
  expect(Platform.safeParse('amd64').success).toBe(false);
});
