import { RepositoryName, TagName, type RegistryCredentials, type TagWithMetadata } from '@plimsoll/contracts';
import { z } from 'zod';
import type { BasicCredentials } from '../auth/authorizer.ts';
import { parseGoogleKey } from '../auth/google-key.ts';
import { ifRefused } from '../if-refused.ts';
import { listPages, type Listing, type PageRequest, type UpstreamPage } from '../listing/list-pages.ts';
import { NameWindow } from '../listing/name-window.ts';
import { pushTime } from '../listing/push-time.ts';
import { NameGate } from '../listing/valid-names.ts';
import { pullScope } from '../oci/manifests.ts';
import { otherForm } from '../parse-json.ts';
import type { JsonPart } from '../read-json-parts.ts';
import { RegistryError } from '../registry-error.ts';
import { digestOf } from './digest-of.ts';
import type { ProviderContext } from './provider.ts';

/** Without it Artifact Registry leaves out what is beyond the first thousand, and says nothing of that. */
const allEntries = 'n=10000';
/** How long a name's children are taken for the same while the tree is walked, milliseconds. */
const childrenFreshMs = 60_000;
/** The walk has to know all that is below one name: a few megabytes. */
const maxChildren = 100_000;

const lists = { child: 'array', manifest: 'object', tags: 'array' } as const;

const Name = z.string();
const Manifest = z.object({
  tag: z.array(z.string()).nullish(),
  timeUploadedMs: z.coerce.string().nullish(),
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
  const url = client.url(`/v2/${repository}/tags/list`, allEntries);
  const readPage = async (_: string, after: string | undefined) => {
    const begin = () => new GoogleTags(url, after);
    const request = { url, scope: pullScope(repository) };
    const { value } = await client.jsonParts(request, lists, begin, signal);
    return value.page();
  };
  return listPages(readPage, allEntries, page);
}

/** Takes the parts of Google's answer: tags by digest, and by names alone where that is missing. */
class GoogleTags {
  readonly #url: URL;
  readonly #after: string | undefined;
  readonly #gate = new NameGate(TagName);
  readonly #tags: NameWindow<TagWithMetadata>;
  readonly #names: NameWindow<TagWithMetadata>;
  #hasManifests = false;

  constructor(url: URL, after: string | undefined) {
    this.#url = url;
    this.#after = after;
    this.#tags = new NameWindow(after);
    this.#names = new NameWindow(after);
  }

  add({ list, key, value }: JsonPart): void {
    if (list === 'manifest') this.#addManifest(key, parsePart(Manifest, value, this.#url, list));
    if (list !== 'tags' || this.#hasManifests) return;
    const name = parsePart(Name, value, this.#url, list);
    if (TagName.safeParse(name).success) this.#names.add({ name, pushedAtKind: 'absent' });
  }

  #addManifest(digest: string, { tag, timeUploadedMs }: z.infer<typeof Manifest>): void {
    this.#hasManifests = true;
    const pushed = pushTime(Number(timeUploadedMs ?? Number.NaN), 'manifest');
    for (const name of tag ?? []) {
      if (this.#gate.admits(name)) this.#tags.add({ name, ...digestOf(digest), ...pushed });
    }
  }

  page(): UpstreamPage<TagWithMetadata> {
    const warnings = this.#after === undefined ? this.#gate.warnings : [];
    return { ...(this.#hasManifests ? this.#tags : this.#names).page(), warnings };
  }
}

function parsePart<S extends z.ZodType>(schema: S, value: unknown, url: URL, list: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw otherForm(url, list);
  return parsed.data;
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
    const url = client.url(`/v2/${name}/tags/list`, allEntries);
    const begin = () => {
      const found = { isRepository: false, children: [] as string[] };
      const add = ({ list, value }: JsonPart) => {
        if (list !== 'child') found.isRepository = true;
        else if (found.children.push(parsePart(Name, value, url, list)) > maxChildren) {
          throw new RegistryError(
            'too-large',
            `${name} at ${url.origin} has more than ${maxChildren} parts.`,
          );
        }
      };
      return { add, found };
    };
    const { value } = await client.jsonParts({ url, scope: pullScope(name) }, lists, begin, fetchSignal);
    const { isRepository, children } = value.found;
    const valid = children.filter(
      (child) => !child.includes('/') && RepositoryName.safeParse(`${name}/${child}`).success,
    );
    return { value: { isRepository, children: valid.sort() }, freshMs: childrenFreshMs };
  };
  const gone = () => ({ isRepository: false, children: [] });
  // A name below the root may have been deleted since its parent was read.
  return memory
    .get<Children>(`children ${name}`, ask, signal)
    .catch(ifRefused(isRoot ? [] : ['not-found'], gone));
}
