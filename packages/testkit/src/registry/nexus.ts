import { json } from './answer.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What is not known for sure of Nexus. */
export type NexusVariant = {
  /** Images by name that the search does not know yet. */
  readonly unindexed?: ReadonlySet<string>;
  /** The status of refusal when the account may not browse. */
  readonly refusal?: 403;
  readonly pageSize?: number;
};

/** The search of Nexus over one docker repository. */
export function nexusRoutes(
  user: { readonly username: string; readonly password: string },
  { unindexed = new Set(), refusal, pageSize = 10 }: NexusVariant = {},
): ExtraRoutes {
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  return ({ url, headers }, { repositories }) => {
    if (url.pathname !== '/service/rest/v1/search') return undefined;
    if (headers.authorization !== expected || refusal)
      return { status: refusal ?? 401, headers: {}, body: '' };
    const wanted = url.searchParams.get('docker.imageName') ?? '';
    const tags = unindexed.has(wanted) ? [] : [...(repositories.get(wanted) ?? [])];
    const start = Number(Buffer.from(url.searchParams.get('continuationToken') ?? '', 'hex').toString() || 0);
    const end = start + pageSize;
    const items = tags.slice(start, end).map(([version, { digest, pushedAt }]) => ({
      id: 'ZG9ja2VyOjE',
      repository: url.searchParams.get('repository'),
      format: 'docker',
      group: '',
      name: wanted,
      version,
      assets: [
        {
          path: `/v2/${wanted}/manifests/${version}`,
          checksum: { sha1: '0', sha256: digest.slice('sha256:'.length) },
          lastModified: pushedAt.replace('Z', '+00:00'),
          blobCreated: '2023-12-31T00:00:00.000+00:00',
        },
      ],
    }));
    const continuationToken = end < tags.length ? Buffer.from(String(end)).toString('hex') : null;
    return json(200, { items, continuationToken });
  };
}
