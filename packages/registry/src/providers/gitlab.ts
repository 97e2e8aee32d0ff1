import { RepositoryName, TagName, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import { fixedAuthorizer } from '../auth/authorizer.ts';
import type { HttpAnswer } from '../http/transport.ts';
import { listPages, type Listing, type PageRequest } from '../listing/list-pages.ts';
import { nextPageQuery } from '../listing/next-link.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { pullScope } from '../oci/manifests.ts';
import { digestOf } from './digest-of.ts';
import { distribution, listTagsByApi } from './distribution.ts';
import { RegistryError } from '../registry-error.ts';
import { firstFound } from './first-found.ts';
import { readGraphqlTags } from './gitlab-graphql.ts';
import { ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';
import { rootedBase, splitBase } from './typed-base.ts';

/** The largest page that GitLab gives. */
const maxPageSize = 100;
/** Projects are asked for their repositories one by one, so fewer of them make one page. */
const projectsPerPage = 20;
const maxProjectPages = 20;
/** Neither moves while a registry is open, milliseconds. */
const freshMs = 600_000;

const Repositories = z.array(z.object({ path: z.string(), id: z.number().int().optional() }));
const Projects = z.array(
  z.object({ id: z.number().int(), container_registry_enabled: z.boolean().nullish() }),
);
const Tags = z.array(
  z.object({
    name: z.string(),
    digest: z.string().nullish(),
    published_at: z.string().nullish(),
    updated_at: z.string().nullish(),
    created_at: z.string().nullish(),
  }),
);

/**
 * GitLab: repositories from its REST API, which lives where the token server is; tags with times from the registry's own
 * API where it has one, elsewhere with digests from GraphQL, or by names alone. https://docs.gitlab.com/ee/api/container_registry.html
 */
export const gitlab: Provider = {
  ...distribution,
  ...rootedBase,
  type: 'gitlab-cr',
  account: 'a group or project access token, role Reporter, scopes read_registry and read_api',

  base: ({ registryBase }) => {
    const { address } = splitBase(registryBase || 'registry.gitlab.com');
    return /^(?:https:\/\/)?gitlab\.com$/i.test(address) ? 'registry.gitlab.com' : address;
  },

  apiAuthorizer({ credentials }) {
    if (!credentials) return fixedAuthorizer({});
    const { username, password } = credentials;
    return fixedAuthorizer({
      [username === 'gitlab-ci-token' ? 'job-token' : 'private-token']: password,
    });
  },

  async listRepositories(context, page, signal) {
    const { namespace } = context;
    if (!namespace) {
      const first = `membership=true&simple=false&order_by=id&sort=asc&per_page=${projectsPerPage}&page=1`;
      return listPages((query) => readProjects(context, query, signal), first, page);
    }
    const encoded = encodeURIComponent(namespace);
    const path = await firstFound(
      context.memory,
      [`/groups/${encoded}`, `/projects/${encoded}`],
      (candidate, askSignal) => readRepositories(context, candidate, 'per_page=1&page=1', askSignal),
      signal,
    );
    const first = `per_page=${Math.min(page.limit, maxPageSize)}&page=1`;
    return listPages((query) => readRepositories(context, path, query, signal), first, page);
  },

  async listTags(context, repository, page, signal) {
    if (!(await hasTagTimes(context, signal))) return listByGraphql(context, repository, page, signal);
    const { client } = context;
    const isNewestFirst = page.pushedSince !== undefined;
    return listPages(
      async (query) => {
        const url = client.url(`/gitlab/v1/repositories/${repository}/tags/list/`, query);
        const request = { url, scope: pullScope(repository) };
        const { value, headers } = await client.json(request, Tags, signal);
        const tags = value.map(({ name, digest, published_at, updated_at, created_at }) => ({
          name,
          ...digestOf(digest),
          // Older servers do not tell when a tag was published last.
          ...pushTime(published_at ?? updated_at ?? created_at, 'tag'),
        }));
        return { ...keepValidNames(tags, TagName), next: nextPageQuery(headers['link']), isNewestFirst };
      },
      `n=${page.limit}${isNewestFirst ? '&sort=-published_at' : ''}`,
      page,
    );
  },
};

/** Servers without that database still tell digests, of a hundred tags at a time; names alone where their API is closed. */
async function listByGraphql(
  context: ProviderContext,
  repository: string,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<TagWithMetadata>> {
  const readPage = async (cursor: string) => {
    const id = await repositoryId(context, repository, signal);
    const root = (await apiRoot(context, signal)).replace(/\/api\/v4$/, '');
    return readGraphqlTags(context, { root, id, cursor }, signal);
  };
  return listTagsByApi(context, repository, '', readPage, page, signal);
}

/**
 * The number that GitLab knows a repository by. Its name is that of a project, or begins with it, so the project is looked for from
 * the whole name upwards.
 */
function repositoryId(context: ProviderContext, repository: string, signal: AbortSignal): Promise<number> {
  const ask = async (fetchSignal: AbortSignal) => {
    const parts = repository.split('/');
    for (let length = parts.length; length > 1; length--) {
      const project = encodeURIComponent(parts.slice(0, length).join('/'));
      const path = `/projects/${project}/registry/repositories`;
      const page = await read(
        context,
        path,
        `per_page=${maxPageSize}&page=1`,
        Repositories,
        fetchSignal,
      ).catch(ifRefused(['not-found'], () => undefined));
      const found = page?.value.find(({ path: name }) => name === repository);
      if (found?.id !== undefined) return { value: found.id, freshMs };
    }
    throw new RegistryError('not-found', `${context.client.base.origin} knows no project of ${repository}.`);
  };
  return context.memory.get(`id of ${repository}`, ask, signal);
}

/** GitLab's own address: its token server is below it. The registry says where, and may only name a place of its own domain. */
function apiRoot({ client, memory }: ProviderContext, signal: AbortSignal): Promise<string> {
  const ask = async (fetchSignal: AbortSignal) => {
    await client.document({ url: client.url('/v2/'), scope: '' }, client.limits.listPageBytes, fetchSignal);
    const { realm } = client.authorizer;
    const root = realm
      ? realm.origin + (/^(.*)\/jwt\/auth$/.exec(realm.pathname)?.[1] ?? '')
      : client.base.origin;
    return { value: `${root}/api/v4`, freshMs };
  };
  return memory.get('api root', ask, signal);
}

async function read<S extends z.ZodType>(
  context: ProviderContext,
  path: string,
  query: string,
  schema: S,
  signal: AbortSignal,
) {
  const root = await apiRoot(context, signal);
  const { value, headers } = await readApi(context, { root, path, query }, schema, signal);
  return { value, next: nextPageQuery(headers['link']) ?? numberedNext(query, headers) };
}

/** The number of the next page stands in a header of its own too, which proxies leave alone more often. */
function numberedNext(query: string, headers: HttpAnswer['headers']): string | undefined {
  const number = headers['x-next-page'];
  return typeof number === 'string' && /^\d{1,9}$/.test(number)
    ? query.replace(/(^|&)page=\d+/, `$1page=${number}`)
    : undefined;
}

async function readRepositories(context: ProviderContext, path: string, query: string, signal: AbortSignal) {
  const request = `${path}/registry/repositories`;
  const { value, next } = await read(context, request, query, Repositories, signal);
  const named = value.map(({ path: name }) => ({ name }));
  return { ...keepValidNames(named, RepositoryName), next };
}

/** One page of the account's projects, as the repositories of all of them. */
async function readProjects(context: ProviderContext, query: string, signal: AbortSignal) {
  const { value: projects, next } = await read(context, '/projects', query, Projects, signal);
  const open = projects.filter((project) => project.container_registry_enabled !== false);
  const found = await Promise.all(open.map(({ id }) => readProject(context, id, signal)));
  return {
    entries: found.flatMap(({ entries }) => entries),
    warnings: found.flatMap(({ warnings }) => warnings),
    complete: found.every(({ complete }) => complete),
    next,
  };
}

/** All repositories of a project: a handful. One that leads on for ever is left after some pages. */
async function readProject(context: ProviderContext, id: number, signal: AbortSignal) {
  const entries: { name: string }[] = [];
  const warnings: string[] = [];
  let complete = true;
  const isClosed = () => {
    warnings.push(`The repositories of project ${id} are not for this account.`);
    complete = false;
    return undefined;
  };
  let query: string | undefined = `per_page=${maxPageSize}&page=1`;
  for (let pages = 0; query !== undefined && pages < maxProjectPages; pages++) {
    const page: RepositoryPage | undefined = await readRepositories(
      context,
      `/projects/${id}`,
      query,
      signal,
    ).catch(ifRefused(['forbidden', 'not-found'], isClosed));
    entries.push(...(page?.entries ?? []));
    warnings.push(...(page?.warnings ?? []));
    query = page?.next;
  }
  if (query !== undefined) {
    warnings.push(`Project ${id} has more repositories than are listed of one.`);
    complete = false;
  }
  return { entries, warnings, complete };
}

type RepositoryPage = Awaited<ReturnType<typeof readRepositories>>;

/** Whether the registry has the API that tells times: all of gitlab.com, others since they keep a database. */
function hasTagTimes({ client, memory }: ProviderContext, signal: AbortSignal): Promise<boolean> {
  const ask = async (fetchSignal: AbortSignal) => {
    const request = { url: client.url('/gitlab/v1/'), scope: '' };
    const value = await client
      .document(request, client.limits.listPageBytes, fetchSignal)
      .then(() => true)
      .catch(ifRefused(['unauthorized', 'forbidden'], () => true))
      .catch(ifRefused(['not-found'], () => false));
    return { value, freshMs };
  };
  return memory.get('tag times', ask, signal);
}
