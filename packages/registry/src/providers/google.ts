import { RepositoryName, TagName, type RegistryCredentials, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { BasicCredentials } from '../auth/authorizer.ts';
import { parseGoogleKey } from '../auth/google-key.ts';
import { listPages, type Listing, type PageRequest } from '../listing/list-pages.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { pullScope } from '../oci/manifests.ts';
import { digestOf } from './digest-of.ts';
import { ifRefused } from '../if-refused.ts';
import type { ProviderContext } from './provider.ts';

/** Without it Artifact Registry leaves out what is beyond the first thousand, and says nothing of that. */
const allEntries = 'n=10000';
/** How long a name's children are taken for the same while the tree is walked, milliseconds. */
const childrenFreshMs = 60_000;

const Node = z.object({
  child: z.array(z.string()).nullish(),
  manifest: z
    .record(
      z.string(),
      z.object({ tag: z.array(z.string()).nullish(), timeUploadedMs: z.coerce.string().nullish() }),
    )
    .nullish(),
  tags: z.array(z.string()).nullish(),
});

type Children = { readonly isRepository: boolean; readonly children: readonly string[] };

/** What both Google registries take for user name and password: a key as JSON or base64 of it, or an OAuth access token. */
export function googleLogin({ username, password }: RegistryCredentials): BasicCredentials | undefined {
  if (password === undefined) return undefined;
  const key = parseGoogleKey(password);
  if (!key) return { username: username || 'oauth2accesstoken', password };
  // Only one of the two registries takes a key in base64.
  const isJson = password.trimStart().startsWith('{');
  return {
    username: '_json_key',
    password: isJson ? password : Buffer.from(password, 'base64').toString('utf8'),
  };
}

/** Lists tags by Google's form of the distribution spec's listing: all at once, by digest, with the time of its upload. */
export function listGoogleTags(
  { client }: ProviderContext,
  repository: string,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Listing<TagWithMetadata>> {
  const readPage = async (query: string) => {
    const request = { url: client.url(`/v2/${repository}/tags/list`, query), scope: pullScope(repository) };
    const { manifest, tags: names } = (await client.json(request, Node, signal)).value;
    const tags: TagWithMetadata[] = Object.entries(manifest ?? {}).flatMap(
      ([digest, { tag, timeUploadedMs }]) =>
        (tag ?? []).map((name) => ({
          name,
          ...digestOf(digest),
          ...pushTime(Number(timeUploadedMs ?? Number.NaN), 'manifest'),
        })),
    );
    const plain = (names ?? []).map((name) => ({ name, pushedAtKind: 'absent' as const }));
    return keepValidNames(manifest ? tags : plain, TagName);
  };
  return listPages(readPage, allEntries, page);
}

/**
 * One step of a walk through the names below `root`, parents before children: the repository at `position` (the root
 * itself when that is empty) and the position after it.
 */
export async function walkGoogleNames(
  context: ProviderContext,
  root: string,
  position: string,
  signal: AbortSignal,
) {
  const name = position || root;
  const { isRepository, children } = await childrenOf(context, name, name === root, signal);
  let next = children[0] && `${name}/${children[0]}`;
  for (let at = name; next === undefined && at !== root && at.startsWith(`${root}/`);) {
    const parent = at.slice(0, at.lastIndexOf('/'));
    const own = at.slice(parent.length + 1);
    const siblings = await childrenOf(context, parent, parent === root, signal);
    const sibling = siblings.children.find((other) => other > own);
    next = sibling && `${parent}/${sibling}`;
    at = parent;
  }
  return { entries: isRepository ? [{ name }] : [], next };
}

function childrenOf(
  { client, memory }: ProviderContext,
  name: string,
  isRoot: boolean,
  signal: AbortSignal,
): Promise<Children> {
  const ask = async (fetchSignal: AbortSignal) => {
    const request = { url: client.url(`/v2/${name}/tags/list`, allEntries), scope: pullScope(name) };
    const { value } = await client.json(request, Node, fetchSignal);
    const children = (value.child ?? [])
      .filter((child) => !child.includes('/') && RepositoryName.safeParse(`${name}/${child}`).success)
      .sort();
    const isRepository = Object.keys(value.manifest ?? {}).length > 0 || (value.tags ?? []).length > 0;
    return { value: { isRepository, children }, freshMs: childrenFreshMs };
  };
  const gone = () => ({ isRepository: false, children: [] });
  // A name below the root may have been deleted since its parent was read.
  return memory
    .get<Children>(`children ${name}`, ask, signal)
    .catch(ifRefused(isRoot ? [] : ['not-found'], gone));
}
