import { createHmac, timingSafeEqual } from 'node:crypto';
import { failure, json, type Answer } from './answer.ts';
import type { RecordedRequest } from './start-test-registry.ts';

/** How a test registry lets people in. `tokenSeconds` is how long a Bearer token is good for. */
export type Authentication = {
  readonly kind: 'basic' | 'bearer';
  readonly username: string;
  readonly password: string;
  readonly tokenSeconds?: number;
  /** Where the token server is; `/token` unless told. */
  readonly tokenPath?: string;
  /** The address of the token server where that is another server, which then knows the same user. */
  readonly realm?: string;
  /** An identity token that is good for tokens as well, posted to the token server; without it that takes no posts. */
  readonly refreshToken?: string;
  /** The answer of the token server; `token` and `expires_in` unless told. */
  readonly tokenAnswer?: (token: string) => object;
  /** The scope that a path wants beside those of the distribution-spec, or instead of them. */
  readonly scopeOf?: (path: string) => string | undefined;
};

const service = 'test-registry';

/** Life of a token unless told, seconds. */
export const defaultTokenSeconds = 300;

/** The answer that keeps a request out, or the token it asks for; undefined lets it in. */
export function authenticate(
  authentication: Authentication,
  request: RecordedRequest,
  origin: string,
  now: number,
): Answer | undefined {
  const { kind, username, password, tokenSeconds = defaultTokenSeconds } = authentication;
  const { tokenPath = '/token', realm = origin + tokenPath, tokenAnswer, scopeOf } = authentication;
  const { method, url, headers } = request;
  const isUser =
    headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  if (kind === 'basic') return isUser ? undefined : refuse('Basic realm="Test registry"');
  if (url.pathname === tokenPath) {
    const form = method === 'POST' ? new URLSearchParams(request.body) : undefined;
    if (form && authentication.refreshToken === undefined) return failure(405, 'UNSUPPORTED');
    const isIdentity =
      form?.get('grant_type') === 'refresh_token' &&
      form.get('refresh_token') === authentication.refreshToken;
    if (form ? !isIdentity : !isUser) return refuse('Basic realm="Test token server"');
    const scopes = (form ?? url.searchParams).get('scope') ?? '';
    const token = signed(`${scopes} ${now + tokenSeconds * 1000}`, password);
    return json(200, tokenAnswer?.(token) ?? { token, access_token: '', expires_in: tokenSeconds });
  }
  const scope = scopeOf?.(url.pathname) ?? usualScope(url.pathname);
  const [granted = '', until = '0'] = opened(headers.authorization ?? '', password)?.split(' ') ?? [];
  if (Number(until) > now && granted === scope) return undefined;
  const error = headers.authorization ? `,error="${granted ? 'insufficient_scope' : 'invalid_token'}"` : '';
  const wanted = scope ? `,scope="${scope}"` : '';
  return refuse(`Bearer realm="${realm}",service="${service}"${wanted}${error}`);
}

function refuse(challenge: string): Answer {
  return failure(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
}

function usualScope(path: string): string {
  if (path === '/v2/_catalog') return 'registry:catalog:*';
  const repository = /^\/v2\/(.+)\/(?:tags|manifests|blobs)\//.exec(path)?.[1];
  return repository ? `repository:${repository}:pull` : '';
}

/** A token carries what it is good for, and a seal. */
function signed(text: string, key: string): string {
  const seal = createHmac('sha256', key).update(text).digest('base64url');
  return `${Buffer.from(text).toString('base64url')}.${seal}`;
}

function opened(authorization: string, key: string): string | undefined {
  const [, text = ''] = /^Bearer ([^.]*)\./.exec(authorization) ?? [];
  const plain = Buffer.from(text, 'base64url').toString();
  const expected = Buffer.from(`Bearer ${signed(plain, key)}`);
  const given = Buffer.from(authorization);
  return given.length === expected.length && timingSafeEqual(given, expected) ? plain : undefined;
}
