import { RepositoryName, TagName, type RegistryCredentials } from '@plimsoll/contracts';
import { z } from 'zod';
import { fetchedAuthorizer, fixedAuthorizer, type BasicCredentials } from '../auth/authorizer.ts';
import { freshMsOf } from '../auth/token-life.ts';
import { chainPages } from '../listing/chain-pages.ts';
import { listPages } from '../listing/list-pages.ts';
import { queryOfAddress } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { RegistryError } from '../registry-error.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import { ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext, ProviderSession } from './provider.ts';
import { readApi } from './read-api.ts';
import { splitBase } from './typed-base.ts';

/** The largest page that the Hub gives. */
const maxPageSize = 100;
/** Life of the Hub's own token where it does not tell, seconds: it is about ten minutes. */
const tokenLifeSeconds = 300;
/** How long the namespaces of an account are taken for the same, milliseconds. */
const namespacesFreshMs = 60_000;

const registryAddress = 'registry-1.docker.io';
const apiHost = 'hub.docker.com';

const Token = z.object({ access_token: z.string().optional(), token: z.string().optional() });
const Namespaces = z.object({ namespaces: z.array(z.string()) });
const Repositories = z.object({
  next: z.string().nullish(),
  results: z.array(z.object({ name: z.string(), namespace: z.string() })),
});
const Tags = z.object({
  next: z.string().nullish(),
  results: z.array(
    z.object({ name: z.string(), digest: z.string().nullish(), tag_last_pushed: z.string().nullish() }),
  ),
});

/**
 * Docker Hub: the registry has no catalog and no push times, so the Hub's own API is asked, with a token of its own.
 * https://docs.docker.com/reference/api/hub/latest/
 */
export const dockerHub: Provider = {
  ...distribution,
  type: 'docker-hub',
  account: 'a personal or organization access token with Read-only',
  /** A copy of the Hub has everything at its own host. */
  hosts: ({ registryBase }) =>
    readBase(registryBase).address === registryAddress ? ['auth.docker.io', apiHost] : [],

  base: ({ registryBase }) => readBase(registryBase).address,
  namespace: ({ registryBase }) => readBase(registryBase).namespace,

  /** Official images have a namespace that nobody writes. */
  fullName: (repository) => (repository.includes('/') ? repository : `library/${repository}`),

  apiAuthorizer(session) {
    const { credentials } = session;
    if (!credentials) return fixedAuthorizer({});
    return fetchedAuthorizer(async (signal) => {
      const token = await logIn(session, credentials, signal);
      const value = { authorization: `Bearer ${token}` };
      return { value, freshMs: freshMsOf(token, token.includes('.') ? undefined : tokenLifeSeconds) };
    }, session.client.limits.documentTimeoutMs);
  },

  async listRepositories(context, page, signal) {
    const chain = chainPages(
      await namespacesOf(context, signal),
      `page=1&page_size=${Math.min(page.limit, maxPageSize)}`,
      async (namespace, query) => {
        const paths = [`/v2/namespaces/${namespace}/repositories`, `/v2/repositories/${namespace}/`];
        const { results, next } = await readEither(context, paths, query, Repositories, signal);
        const entries = results.map(({ name }) => ({ name: `${namespace}/${name}` }));
        return { ...keepValidNames(entries, RepositoryName), next: queryOfAddress(next) };
      },
    );
    return listPages(chain.readPage, chain.firstQuery, page);
  },

  listTags(context, repository, page, signal) {
    const [namespace = '', ...rest] = repository.split('/');
    const name = rest.join('%2F');
    const paths = [
      `/v2/namespaces/${namespace}/repositories/${name}/tags`,
      `/v2/repositories/${namespace}/${name}/tags`,
    ];
    return listPages(
      async (query) => {
        const { results, next } = await readEither(context, paths, query, Tags, signal);
        const tags = results.map(({ name, digest, tag_last_pushed }) => ({
          name,
          // Missing with tags of long ago.
          ...digestOf(digest),
          ...pushTime(tag_last_pushed, 'tag'),
        }));
        return { ...keepValidNames(tags, TagName), next: queryOfAddress(next), isNewestFirst: true };
      },
      `page=1&page_size=${Math.min(page.limit, maxPageSize)}&ordering=last_updated`,
      page,
    );
  },
};

/** Any of the Hub's names means its registry; another host is a copy of the whole Hub. */
function readBase(typed: RegistryCredentials['registryBase']) {
  const { address, namespace } = splitBase(
    (typed || registryAddress)
      .replace(/^(\s*(?:https:\/\/)?hub\.docker\.com\/)(?:r|u|orgs|repositories)(?=\/|\s*$)/i, '$1')
      .replace(/\/repositories\/*\s*$/, ''),
  );
  const isHub = /^(?:https:\/\/)?(?:[a-z0-9-]+\.)?docker\.(?:io|com)(?::443)?$/i.test(address);
  return { address: isHub ? registryAddress : address, namespace };
}

function apiRoot({ client: { base } }: ProviderSession): string {
  return base.host === registryAddress ? `https://${apiHost}` : base.origin;
}

/** The Hub's API does not take passwords but tokens that it gives for them. */
async function logIn(
  session: ProviderSession,
  { username, password }: BasicCredentials,
  signal: AbortSignal,
): Promise<string> {
  const ask = async (path: string, document: object) => {
    const post = { type: 'application/json', body: JSON.stringify(document) };
    const url = new URL(apiRoot(session) + path);
    const request = { url, scope: '', authorizer: fixedAuthorizer({}), post };
    const { value } = await session.client.json(request, Token, signal);
    return value.access_token || value.token;
  };
  try {
    const token = await ask('/v2/auth/token', { identifier: username, secret: password }).catch(
      ifRefused(['not-found'], () => ask('/v2/users/login', { username, password })),
    );
    if (token && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'unauthorized') throw error;
    const where = apiRoot(session);
    throw new RegistryError('unauthorized', `${where} refused our user name and password.`, { cause: error });
  }
  throw new RegistryError('invalid-answer', `${apiRoot(session)} answered without a token.`);
}

/** The namespace of the base, or else all that the account is in; some tokens may not ask for those. */
async function namespacesOf(context: ProviderContext, signal: AbortSignal): Promise<readonly string[]> {
  const { namespace, credentials, memory } = context;
  if (namespace) return namespace.split('/').slice(0, 1);
  if (!credentials) {
    throw new RegistryError(
      'unsupported',
      `${apiRoot(context)} lists nothing without a namespace: write it behind the registry base, docker.io/NAMESPACE.`,
    );
  }
  const own = credentials.username.toLowerCase();
  const ask = async (fetchSignal: AbortSignal) => {
    const request = { root: apiRoot(context), path: '/v2/repositories/namespaces' };
    const { namespaces } = (await readApi(context, request, Namespaces, fetchSignal)).value;
    const named = namespaces.filter((name) => RepositoryName.safeParse(name).success && !name.includes('/'));
    return { value: named, freshMs: namespacesFreshMs };
  };
  const ownOnly = () => (RepositoryName.safeParse(own).success ? [own] : []);
  return memory
    .get('namespaces', ask, signal)
    .catch(ifRefused(['forbidden', 'not-found', 'unsupported'], ownOnly));
}

/** The Hub has paths of two generations, and no promise for how long. */
async function readEither<S extends z.ZodType>(
  context: ProviderContext,
  [path = '', olderPath = '']: readonly string[],
  query: string,
  schema: S,
  signal: AbortSignal,
): Promise<z.infer<S>> {
  const root = apiRoot(context);
  const older = () => readApi(context, { root, path: olderPath, query }, schema, signal);
  const newer = readApi(context, { root, path, query }, schema, signal);
  return (await newer.catch(ifRefused(['not-found'], older))).value;
}
