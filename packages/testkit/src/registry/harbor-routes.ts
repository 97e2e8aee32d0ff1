import { failure, json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import type { ExtraRoutes, RecordedRequest } from './start-test-registry.ts';

/**
 * The part of Harbor's REST API that lists (swagger of Harbor 2): relative and un-escaped links, slashes encoded
 * twice, fields beside those that clients use. Strangers see nothing here; real ones see public projects.
 */
export function harborRoutes(user: { readonly username: string; readonly password: string }): ExtraRoutes {
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  return (request, content) => {
    const [, path] = /^\/api\/v2\.0(\/.*)$/.exec(request.url.pathname) ?? [];
    if (path === undefined) return undefined;
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== expected) return failure(401, 'UNAUTHORIZED');
    return answerApi(path, request, authorization ? content.repositories : new Map());
  };
}

function answerApi(
  path: string,
  { url }: RecordedRequest,
  repositories: RegistryContent['repositories'],
): Answer | undefined {
  if (path === '/projects') {
    const names = new Set([...repositories.keys()].map((name) => name.split('/')[0]));
    return page(
      [...names].map((name, index) => ({ project_id: index + 1, name, metadata: {} })),
      url,
    );
  }
  const [isList, only] = /^(?:\/projects\/([^/]+))?\/repositories$/.exec(path) ?? [];
  if (isList) {
    const names = [...repositories.keys()].filter((name) => !only || name.startsWith(`${only}/`));
    const named = names.map((name, index) => ({ id: index + 1, name, artifact_count: 1, pull_count: 0 }));
    return page(named, url);
  }
  const [, project, encoded = ''] =
    /^\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts$/.exec(path) ?? [];
  if (!project) return undefined;
  // Decoded once by the router and once by the handler, so a slash that was encoded once never gets here.
  const tags = repositories.get(`${project}/${decodeURIComponent(decodeURIComponent(encoded))}`);
  return tags ? page(artifactsFrom(tags, url), url) : failure(404, 'NOT_FOUND');
}

type Tags = ReadonlyMap<string, { digest: string; pushedAt: string }>;

/** What was listed of a repository when its first page was asked for; made anew for every page it takes hours for many tags. */
const listed = new WeakMap<Tags, ReturnType<typeof artifactsOf>>();

function artifactsFrom(tags: Tags, url: URL) {
  const isFirst = (url.searchParams.get('page') ?? '1') === '1';
  const artifacts = (!isFirst && listed.get(tags)) || artifactsOf(tags);
  listed.set(tags, artifacts);
  return artifacts;
}

function artifactsOf(tags: Tags) {
  const byDigest = Map.groupBy(tags, ([, { digest }]) => digest);
  const tagged = [...byDigest].map(([digest, tagged], index) => ({
    id: index + 1,
    type: 'IMAGE',
    digest,
    push_time: '2024-01-02T03:04:05.678Z',
    pull_time: '0001-01-01T00:00:00.000Z',
    tags: tagged.map(([name, { pushedAt }], id) => ({ id, name, push_time: pushedAt, immutable: false })),
  }));
  const untagged = {
    id: 0,
    type: 'IMAGE',
    digest: `sha256:${'0'.repeat(64)}`,
    push_time: '2024-01-02T03:04:05.600Z',
    tags: null,
  };
  return [...tagged, untagged];
}

function page(entries: readonly unknown[], url: URL): Answer {
  const size = Number(url.searchParams.get('page_size') ?? 10);
  const number = Number(url.searchParams.get('page') ?? 1);
  if (size > 100) return failure(422, 'UNPROCESSABLE_ENTITY');
  const link = (rel: string, to: number) => {
    const query = [...url.searchParams]
      .map(([key, value]) => `${key}=${key === 'page' ? to : value}`)
      .join('&');
    return `<${url.pathname}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link('prev', number - 1)] : []),
    ...(number * size < entries.length ? [link('next', number + 1)] : []),
  ];
  return json(200, entries.slice((number - 1) * size, number * size), {
    'x-total-count': String(entries.length),
    ...(links.length > 0 ? { link: links.join(' , ') } : {}),
  });
}
