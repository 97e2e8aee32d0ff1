import { TagName } from '@plimsoll/contracts';
import { z } from 'zod';
import { basicAuthorizer, fixedAuthorizer } from '../auth/authorizer.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution, listTagsByApi } from './distribution.ts';
import type { Provider } from './provider.ts';
import { readApi } from './read-api.ts';

/** Manifests found at a time; one tag has one or, in old stores, two. */
const pageSize = 1_000;

const Found = z.object({
  results: z.array(
    z.object({
      path: z.string(),
      modified: z.string().nullish(),
      sha256: z.string().nullish(),
    }),
  ),
});

/**
 * Artifactory at `HOST/artifactory/api/docker/KEY`: tags with digests and times by a query for the files of manifests (AQL).
 * With a sub-domain or port per repository the key is not known, so tags are listed by names there, as where the
 * query is refused. https://jfrog.com/help/r/jfrog-rest-apis/artifactory-query-language
 */
export const artifactory: Provider = {
  ...distribution,
  type: 'artifactory-cr',
  account: 'a user with the permission Read on the repository; as password an identity or access token',

  landing: {
    host: 'landing.jfrog.com',
    meaning: 'the instance is switched off. Start it again at my.jfrog.com.',
  },

  /** An API key without a user name goes into a header of its own. */
  authorizer: ({ configured: { username, password } }) =>
    isApiKey(username, password) ? fixedAuthorizer({ 'x-jfrog-art-api': password }) : undefined,

  /** Access tokens need no user name. */
  apiAuthorizer({ credentials }) {
    if (!credentials || credentials.username !== '') return basicAuthorizer(credentials);
    const { username, password } = credentials;
    if (isApiKey(username, password)) return fixedAuthorizer({ 'x-jfrog-art-api': password });
    return fixedAuthorizer({ authorization: `Bearer ${credentials.password}` });
  },

  listTags(context, repository, page, signal) {
    const { origin, pathPrefix } = context.client.base;
    const [, before, key = ''] = /^(.*)\/api\/(?:docker|oci)\/([^/]+)$/.exec(pathPrefix) ?? [];
    if (before === undefined) return distribution.listTags(context, repository, page, signal);
    const readPage = async (query: string) => {
      const offset = Number(query.slice('offset='.length)) || 0;
      const post = { type: 'text/plain', body: manifestQuery(decodeURIComponent(key), repository, offset) };
      const request = { root: origin + before, path: '/api/search/aql', post };
      const { results } = (await readApi(context, request, Found, signal)).value;
      return {
        ...keepValidNames(tagsOf(results, repository), TagName),
        next: results.length === pageSize ? `offset=${offset + pageSize}` : undefined,
      };
    };
    return listTagsByApi(context, repository, 'offset=0', readPage, page, signal);
  },
};

/** Artifactory's API keys all begin alike. */
function isApiKey(username: string | undefined, password: string | undefined): password is string {
  return !username && /^AKC[A-Za-z0-9]+$/.test(password ?? '');
}

function manifestQuery(repo: string, repository: string, offset: number): string {
  const criteria = {
    repo,
    path: { $match: `${repository}/*` },
    $or: [{ name: 'manifest.json' }, { name: 'list.manifest.json' }],
  };
  const fields = '"repo","path","name","created","modified","updated","sha256"';
  const order = '{"$asc":["path","name"]}';
  return `items.find(${JSON.stringify(criteria)}).include(${fields}).sort(${order}).offset(${offset}).limit(${pageSize})`;
}

/** A tag is a folder right below the repository; deeper ones are other repositories, `sha256:` ones platforms of an index. */
function tagsOf(results: z.infer<typeof Found>['results'], repository: string) {
  const tags = results.flatMap(({ path, sha256, modified }) => {
    const tag = path.startsWith(`${repository}/`) ? path.slice(repository.length + 1) : '';
    const isTag = tag !== '' && !tag.includes('/') && !/^sha256(?::|__)/.test(tag);
    return isTag ? [{ name: tag, ...digestOf(sha256), ...pushTime(modified, 'tag') }] : [];
  });
  // Where both files are there, the index is what the tag points at; it comes first by name.
  const byName = new Map(tags.toReversed().map((tag) => [tag.name, tag]));
  return [...byName.values()];
}
