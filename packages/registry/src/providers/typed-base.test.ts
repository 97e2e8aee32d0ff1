import type { RegistryType } from '@plimsoll/contracts';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRegistryBase } from '../registry-base.ts';
import { RegistryError } from '../registry-error.ts';
import { providerOf } from './index.ts';
import { isWithin, splitBase } from './typed-base.ts';

/** Type, base as people type it, the address of `/v2/`, and what is listed of it. */
it.each<[RegistryType, string, string, string]>([
  ['oci', 'registry.example.com:5000', 'https://registry.example.com:5000/v2/', ''],
  ['oci', 'http://[fd00::1]:5000/', 'http://[fd00::1]:5000/v2/', ''],
  ['harbor-cr', 'https://harbor.example.com', 'https://harbor.example.com/v2/', ''],
  ['harbor-cr', 'tools.example.com/harbor', 'https://tools.example.com/harbor/v2/', ''],
  ['docker-hub', 'https://index.docker.io/v1/', 'https://registry-1.docker.io/v2/', ''],
  ['oci', 'HTTP://Registry.Example.com/', 'http://registry.example.com/v2/', ''],
  ['oci', '[2001:db8::1]:5000/v2/', 'https://[2001:db8::1]:5000/v2/', ''],
  ['docker-hub', 'registry-1.docker.io', 'https://registry-1.docker.io/v2/', ''],
  ['docker-hub', 'https://hub.docker.com/u/acme', 'https://registry-1.docker.io/v2/', 'acme'],
  ['ecr', 'public.ecr.aws', 'https://public.ecr.aws/v2/', ''],
  ['nexus-cr', 'docker.nexus.example.com', 'https://docker.nexus.example.com/v2/', ''],
  [
    'ecr',
    '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
    'https://123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/v2/',
    '',
  ],
  ['ecr', '123456789012.dkr-ecr.eu-west-1.on.aws', 'https://123456789012.dkr-ecr.eu-west-1.on.aws/v2/', ''],
  [
    'ecr',
    'https://123456789012.dkr-ecr-fips.us-east-1.on.aws/v2/',
    'https://123456789012.dkr-ecr-fips.us-east-1.on.aws/v2/',
    '',
  ],
  [
    'ecr',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    'https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/v2/',
    '',
  ],
  ['gitlab-cr', 'registry.corp.example.com/acme', 'https://registry.corp.example.com/v2/', 'acme'],
  ['gitlab-cr', 'https://images.example.org', 'https://images.example.org/v2/', ''],
  ['docker-hub', 'docker.io/acme', 'https://registry-1.docker.io/v2/', 'acme'],
  ['quay-cr', 'quay.io/acme', 'https://quay.io/v2/', 'acme'],
  ['quay-cr', 'https://quay.example.com:8443', 'https://quay.example.com:8443/v2/', ''],
  ['gitlab-cr', 'registry.gitlab.com/acme/tools', 'https://registry.gitlab.com/v2/', 'acme/tools'],
  ['gitlab-cr', 'gitlab.example.com:5050', 'https://gitlab.example.com:5050/v2/', ''],
  ['github-cr', 'ghcr.io/Acme', 'https://ghcr.io/v2/', 'acme'],
  ['github-cr', 'containers.ghe.example.com', 'https://containers.ghe.example.com/v2/', ''],
  ['acr', 'contoso.azurecr.io', 'https://contoso.azurecr.io/v2/', ''],
  ['acr', 'https://contoso.azurecr.cn/v2/', 'https://contoso.azurecr.cn/v2/', ''],
  ['gcr', 'gcr.io/example.com:proj', 'https://gcr.io/v2/', 'example.com/proj'],
  ['gcr', 'https://gcr.io:443/proj', 'https://gcr.io/v2/', 'proj'],
  [
    'google-artifact-cr',
    'us-docker.pkg.dev/example.com:proj/team',
    'https://us-docker.pkg.dev/v2/',
    'example.com/proj/team',
  ],
  ['gcr', 'eu.gcr.io/proj', 'https://eu.gcr.io/v2/', 'proj'],
  [
    'google-artifact-cr',
    'europe-west1-docker.pkg.dev/proj',
    'https://europe-west1-docker.pkg.dev/v2/',
    'proj',
  ],
  ['google-artifact-cr', 'us-docker.pkg.dev/proj/team', 'https://us-docker.pkg.dev/v2/', 'proj/team'],
  ['digitalocean-cr', 'registry.digitalocean.com/acme', 'https://registry.digitalocean.com/v2/', 'acme'],
  ['nexus-cr', 'nexus.example.com:8082', 'https://nexus.example.com:8082/v2/', ''],
  [
    'nexus-cr',
    'https://nexus.example.com/repository/docker-hosted/',
    'https://nexus.example.com/repository/docker-hosted/v2/',
    '',
  ],
  [
    'artifactory-cr',
    'acme.jfrog.io/artifactory/api/docker/docker-local',
    'https://acme.jfrog.io/artifactory/api/docker/docker-local/v2/',
    '',
  ],
  ['artifactory-cr', 'docker-local.acme.example.com', 'https://docker-local.acme.example.com/v2/', ''],
  ['artifactory-cr', 'art.example.com:5001', 'https://art.example.com:5001/v2/', ''],
  [
    'ecr',
    'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/',
    '',
  ],
])('%s at %s', (type, registryBase, expected, namespace) => {
  const provider = providerOf(type);
  const base = parseRegistryBase(provider.base({ type, registryBase }) ?? '');

  expect(`${base.origin}${base.pathPrefix}/v2/`).toBe(expected);
  expect(provider.namespace?.({ type, registryBase }) ?? '').toBe(namespace);
});

it.each(['quay.io/../x', 'quay.io/?token=hunter2', 'quay.io/a b'])(
  'refuses %s without quoting it',
  (typed) => {
    expect(() => splitBase(typed)).toThrow(expect.objectContaining({ code: 'not-a-registry' }));
    expect(() => splitBase(typed)).not.toThrow(/hunter2|\.\.\/x|a b/);
  },
);

it('reads or refuses whatever is typed', () => {
  const outcome = (typed: string) => {
    try {
      return splitBase(typed).address;
    } catch (error) {
      return error instanceof RegistryError ? '' : 'another error';
    }
  };
  const piece = fc.constantFrom('https://', 'a.test', ':80', '/', 'v2', 'team', '?', '#', '@', ' ', '..');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
      expect(outcome(pieces.join(''))).not.toMatch(/[?#\s]/);
    }),
  );
});

it.each([
  ['', 'team/app', true],
  ['team', 'team/app', true],
  ['team', 'team', true],
  ['team', 'teams/app', false],
])('in the namespace %j, %s: %s', (namespace, repository, expected) => {
  expect(isWithin(namespace, repository)).toBe(expected);
});
