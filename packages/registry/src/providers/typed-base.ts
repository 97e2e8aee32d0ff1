import { RepositoryName, type RegistryCredentials } from '@plimsoll/contracts';
import { RegistryError } from '../registry-error.ts';

/** Paths that people copy along with the address: of the API, of `docker login`, of the product's web page. */
const apiPath = /^v[12](?:\/|$)/;

/** What a typed base names: the address alone, and the namespace (organization, project ..) behind it, empty when there is none. */
export type TypedBase = { readonly address: string; readonly namespace: string };

/**
 * Reads a base of products that live at the root of their host: a path behind it is the namespace to be listed.
 * @throws {RegistryError} `not-a-registry` when the path can be no namespace; it is not quoted.
 */
export function splitBase(typed: string): TypedBase {
  const [, scheme = '', host = '', path = ''] =
    /^\s*([a-z][a-z0-9+.-]*:\/\/)?([^/?#\s]*)\/*([^]*?)[/\s]*$/i.exec(typed) ?? [];
  const namespace = path.replace(apiPath, '').toLowerCase();
  if (namespace && !RepositoryName.safeParse(namespace).success) {
    throw new RegistryError(
      'not-a-registry',
      'What follows the host in the registry base is no namespace; write host, or host/namespace.',
    );
  }
  return { address: scheme + host, namespace };
}

/** For providers of products that live at the root of their host: base and namespace as typed. */
export const rootedBase = {
  base: ({ registryBase }: RegistryCredentials): string | undefined =>
    registryBase && splitBase(registryBase).address,
  namespace: ({ registryBase }: RegistryCredentials): string =>
    registryBase ? splitBase(registryBase).namespace : '',
};

/** Whether a repository is in a namespace; everything is in the empty one. */
export function isWithin(namespace: string, repository: string): boolean {
  return namespace === '' || repository === namespace || repository.startsWith(`${namespace}/`);
}
