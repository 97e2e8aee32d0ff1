import { verify } from 'node:crypto';
import { failure, json, type Answer } from './answer.ts';
import { byDigest, untaggedDigest } from './fake-pages.ts';
import type { RegistryContent } from './content.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** Google's form of the tag listing, for those who came in: numbers as texts, names of the next level as children. */
export const googleTags: ExtraRoutes = ({ url }, { repositories }) => {
  const [, name] = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname) ?? [];
  if (!name) return undefined;
  const inside = [...repositories.keys()].filter((other) => other.startsWith(`${name}/`));
  const child = [...new Set(inside.map((other) => other.slice(name.length + 1).split('/')[0]))];
  const tags = repositories.get(name);
  const isProject = !name.includes('/');
  if (!tags && child.length === 0 && !isProject) return failure(404, 'NAME_UNKNOWN');
  return json(200, { child, manifest: tags ? manifestsOf(tags) : {}, name, tags: [...(tags?.keys() ?? [])] });
};

/** Who may use Google's API: an account by its key, and how its tokens look. */
export type GoogleAccount = { readonly publicKey: string; readonly email: string; readonly project: string };

const accessToken = 'ya29.of-the-test';

/** Google's OAuth token server, and the part of the Artifact Registry API that lists repositories. */
export function googleRoutes({ publicKey, email, project }: GoogleAccount): ExtraRoutes {
  return ({ method, url, headers, body }, { repositories }) => {
    if (method === 'POST' && url.pathname === '/token')
      return exchange(new URLSearchParams(body), publicKey, email);
    const [, asked] = /^\/v1\/projects\/([^/]+)\/locations\/us\/repositories$/.exec(url.pathname) ?? [];
    if (!asked) return undefined;
    if (headers.authorization !== `Bearer ${accessToken}`)
      return json(401, { error: { status: 'UNAUTHENTICATED' } });
    if (asked !== project) return json(403, { error: { status: 'PERMISSION_DENIED' } });
    return listRepositories(repositories, project, Number(url.searchParams.get('pageToken') || 0));
  };
}

function listRepositories(
  repositories: RegistryContent['repositories'],
  project: string,
  start: number,
): Answer {
  const place = project.split(':').length;
  const names = new Set([...repositories.keys()].map((name) => name.split('/')[place] ?? ''));
  const prefix = `projects/${project}/locations/us/repositories/`;
  const all = [
    { name: `${prefix}charts`, format: 'HELM' },
    ...[...names].map((name) => ({ name: prefix + name, format: 'DOCKER', sizeBytes: '1' })),
  ];
  // Two at a time, so that nobody takes the first page for all.
  const end = start + 2;
  return json(200, {
    repositories: all.slice(start, end),
    nextPageToken: end < all.length ? String(end) : '',
  });
}

function exchange(form: URLSearchParams, publicKey: string, email: string): Answer {
  const [header = '', claims = '', seal = ''] = (form.get('assertion') ?? '').split('.');
  const text = Buffer.from(`${header}.${claims}`);
  const isSigned = verify('sha256', text, publicKey, Buffer.from(seal, 'base64url'));
  const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { iss?: string };
  return isSigned && iss === email
    ? json(200, { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' })
    : json(400, { error: 'invalid_grant' });
}

function manifestsOf(tags: ReadonlyMap<string, { digest: string; pushedAt: string }>) {
  const entry = (tag: readonly string[], pushedAt: string) => ({
    imageSizeBytes: '200439',
    layerId: '',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    tag,
    timeCreatedMs: '0',
    timeUploadedMs: String(Date.parse(pushedAt)),
  });
  const tagged = byDigest(tags).map(([digest, of]) => [
    digest,
    entry(
      of.map(([name]) => name),
      of[0]?.[1].pushedAt ?? '',
    ),
  ]);
  return Object.fromEntries([[untaggedDigest, entry([], '2024-01-02T03:04:05Z')], ...tagged]) as object;
}
