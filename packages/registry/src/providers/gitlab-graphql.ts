import { TagName, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { UpstreamPage } from '../listing/list-pages.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { RegistryError } from '../registry-error.ts';
import { digestOf } from './digest-of.ts';
import type { ProviderContext } from './provider.ts';
import { readApi } from './read-api.ts';

/** The largest page that GraphQL gives. */
const pageSize = 100;
/** Whether a server knows when tags were published does not change while it is open, milliseconds. */
const freshMs = 600_000;

const Answer = z.object({
  data: z
    .object({
      containerRepository: z
        .object({
          tags: z.object({
            nodes: z.array(
              z.object({
                name: z.string(),
                digest: z.string().nullish(),
                publishedAt: z.string().nullish(),
              }),
            ),
            pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
          }),
        })
        .nullish(),
    })
    .nullish(),
  errors: z.array(z.object({ message: z.string() })).nullish(),
});

/** Where to read: GitLab's address, the repository's number, and the cursor of the page, empty for the first. */
type Place = { readonly root: string; readonly id: number; readonly cursor: string };

/**
 * Reads one page of a repository's tags from GitLab's GraphQL API. Its `createdAt` is when the image was built, which is no
 * push time; when a tag was published only newer servers tell. https://docs.gitlab.com/api/graphql/reference/
 */
export async function readGraphqlTags(
  context: ProviderContext,
  place: Place,
  signal: AbortSignal,
): Promise<UpstreamPage<TagWithMetadata>> {
  const withTimes = async () => ({ value: !(await ask(context, place, true, signal)).errors, freshMs });
  const hasTimes = await context.memory.get('publishedAt', withTimes, signal);
  const { data, errors } = await ask(context, place, hasTimes, signal);
  const tags = data?.containerRepository?.tags;
  if (!tags) {
    const code = errors ? 'unsupported' : 'not-found';
    throw new RegistryError(
      code,
      `${place.root} does not tell the tags of repository ${place.id} by GraphQL.`,
    );
  }
  const entries = tags.nodes.map(({ name, digest, publishedAt }) => ({
    name,
    ...digestOf(digest),
    ...pushTime(publishedAt, 'tag'),
  }));
  const { hasNextPage, endCursor } = tags.pageInfo;
  return { ...keepValidNames(entries, TagName), next: hasNextPage ? (endCursor ?? undefined) : undefined };
}

async function ask(
  context: ProviderContext,
  { root, id, cursor }: Place,
  hasTimes: boolean,
  signal: AbortSignal,
) {
  const fields = `name digest${hasTimes ? ' publishedAt' : ''}`;
  const query = `query($id:ContainerRepositoryID!,$after:String){containerRepository(id:$id){tags(first:${pageSize},after:$after){nodes{${fields}} pageInfo{hasNextPage endCursor}}}}`;
  const variables = { id: `gid://gitlab/ContainerRepository/${id}`, after: cursor || null };
  const post = { type: 'application/json', body: JSON.stringify({ query, variables }) };
  return (await readApi(context, { root, path: '/api/graphql', post }, Answer, signal)).value;
}
