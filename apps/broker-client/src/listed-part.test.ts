import { expect, it } from 'vitest';
import { listedPart } from './listed-part.ts';

it.each([
  ['oci', 'registry.test:5000/prefix', {}, ['team/app', 'other/app'], []],
  ['docker-hub', undefined, {}, ['acme/web', 'library/nginx'], []],
  ['docker-hub', 'https://docker.io/Acme/', {}, ['acme/web'], ['acmex/web', 'library/nginx']],
  ['quay-cr', 'quay.io/v2/acme', {}, ['acme/web', 'acme/deep/web'], ['other/web']],
  [
    'gitlab-cr',
    'registry.test:5050/group/project',
    {},
    ['group/project', 'group/project/app'],
    ['group/other'],
  ],
  ['github-cr', 'ghcr.io/acme', { repositories: ['other/app'] }, ['other/app'], ['acme/web', 'other/app/x']],
  ['oci', 'r.test', { namespaces: ['team', 'tools'] }, ['team/app', 'tools'], ['teams/app']],
] as const)('of %s at %s with %j', (type, registryBase, named, listed, others) => {
  const extra = Object.fromEntries(
    Object.entries(named).map(([name, values]) => [name, [...(values as string[])]]),
  );

  const isListed = listedPart({ type, registryBase, extra });

  expect(listed.filter(isListed)).toEqual(listed);
  expect(others.filter(isListed)).toEqual([]);
});
