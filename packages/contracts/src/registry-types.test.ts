import { expect, it } from 'vitest';
import { RegistryType, registryTypes } from './registry-types.ts';

it.each([
  ['ArtifactoryCR', 'artifactory-cr'],
  ['HarborCR', 'harbor-cr'],
  ['AzureCR', 'acr'],
  ['GoogleCR', 'gcr'],
  ['DockerHub', 'docker-hub'],
  ['QuayCR', 'quay-cr'],
  ['ElasticCR', 'ecr'],
])('reads the old spelling %s as %s', (spelling, type) => {
  expect(RegistryType.parse(spelling)).toBe(type);
});

it.each(registryTypes)('reads %s', (type) => {
  expect(RegistryType.parse(type)).toBe(type);
});

it.each(['harborcr', '__proto__', 'constructor', ''])('refuses %j', (type) => {
  expect(RegistryType.safeParse(type).success).toBe(false);
});
