import type { RegistryCredentials } from '@plimsoll/contracts';

/** Products that live at the root of their host: what follows it in `CR_BASE` is the namespace that is listed. */
const rooted: ReadonlySet<string> = new Set([
  'docker-hub',
  'gcr',
  'github-cr',
  'gitlab-cr',
  'google-artifact-cr',
  'quay-cr',
]);

/**
 * Which repositories of a registry are looked at: those that the configuration names, else those of the namespace in the
 * registry's base, else all.
 */
export function listedPart(
  document: Pick<RegistryCredentials, 'type' | 'registryBase' | 'extra'>,
): (repository: string) => boolean {
  const { repositories = [], namespaces = [] } = document.extra ?? {};
  const isNamed = repositories.length > 0 || namespaces.length > 0;
  const names = new Set(repositories);
  const within = isNamed ? namespaces : [namespaceOf(document)];
  return (repository) =>
    names.has(repository) ||
    within.some((name) => name === '' || repository === name || repository.startsWith(`${name}/`));
}

/** `acme` of `docker.io/acme`; empty for the whole registry. */
function namespaceOf({
  type,
  registryBase = '',
}: Pick<RegistryCredentials, 'type' | 'registryBase'>): string {
  if (!rooted.has(type)) return '';
  const path = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?[^/]*\/+(.*)$/i.exec(registryBase)?.[1] ?? '';
  return path
    .replace(/^v[12](?:\/|$)/, '')
    .replace(/[/\s]+$/, '')
    .toLowerCase();
}
