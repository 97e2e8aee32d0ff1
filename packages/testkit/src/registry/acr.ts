import { failure, json, type Answer } from './answer.ts';
import type { Authentication } from './authentication.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** How Azure lets people in: its listing of tags wants a scope of its own, its tokens do not tell their life. */
export function acrAuthentication(user: {
  username: string;
  password: string;
  refreshToken?: string;
}): Authentication {
  return {
    kind: 'bearer',
    ...user,
    tokenPath: '/oauth2/token',
    tokenAnswer: (token) => ({ access_token: token }),
    scopeOf(path) {
      const repository = repositoryOf(path);
      return repository ? `repository:${repository}:metadata_read` : undefined;
    },
  };
}

/** Azure's exchange of a token of Microsoft Entra for a refresh token of the registry. */
export function acrExchange(tokens: { tenant: string; entra: string; refresh: string }): ExtraRoutes {
  return ({ method, url, body }) => {
    if (url.pathname !== '/oauth2/exchange') return undefined;
    if (method !== 'POST') return failure(405, 'UNSUPPORTED');
    const form = new URLSearchParams(body);
    const isKnown =
      form.get('grant_type') === 'access_token' &&
      form.get('tenant') === tokens.tenant &&
      form.get('service') !== '' &&
      form.get('access_token') === tokens.entra;
    return isKnown ? json(200, { refresh_token: tokens.refresh }) : failure(401, 'UNAUTHORIZED');
  };
}

/** Azure's listing of tags, for those who came in: pages by `last`, times of seven fractional digits. */
export const acrRoutes: ExtraRoutes = ({ url }, { repositories }): Answer | undefined => {
  const repository = repositoryOf(url.pathname);
  if (!repository) return undefined;
  const tags = repositories.get(repository);
  if (!tags) return failure(404, 'NAME_UNKNOWN');
  const names = [...tags.keys()].toSorted();
  if (url.searchParams.get('orderby') === 'timedesc') names.reverse();
  const start = names.indexOf(url.searchParams.get('last') ?? '') + 1;
  const size = Number(url.searchParams.get('n') ?? 100);
  const shown = names.slice(start, start + size);
  const entries = shown.map((name) => ({
    name,
    digest: tags.get(name)?.digest,
    createdTime: '2024-01-02T03:04:05.0856539Z',
    lastUpdateTime: tags.get(name)?.pushedAt.replace('Z', '1234Z'),
    signed: false,
    changeableAttributes: { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true },
  }));
  const query = `last=${shown.at(-1)}&n=${size}&orderby=${url.searchParams.get('orderby') ?? ''}`;
  const link = `<${url.pathname}?${query}>; rel="next"`;
  const document = { registry: url.host, imageName: repository, tags: entries };
  return json(200, document, start + size < names.length ? { link } : {});
};

function repositoryOf(path: string): string | undefined {
  return /^\/acr\/v1\/(.+)\/_tags$/.exec(path)?.[1];
}
