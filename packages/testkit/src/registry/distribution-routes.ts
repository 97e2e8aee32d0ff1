import type { Answer } from './answer.ts';
import { failure, json } from './answer.ts';
import type { RegistryContent } from './content.ts';
import type { RecordedRequest } from './start-test-registry.ts';

/** Answers a request as distribution does (OCI distribution-spec, pull and content discovery); undefined when it is none of its paths. */
export function answerDistribution(
  content: RegistryContent,
  { method, url, headers }: RecordedRequest,
): Answer | undefined {
  const path = url.pathname;
  if (path === '/v2/' || path === '/v2') return json(200, {});
  if (path === '/v2/_catalog') return catalog(content, url);
  const [, repository = '', kind, last = ''] =
    /^\/v2\/(.+)\/(tags|manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? [];
  if (!kind) return undefined;
  if (method !== 'GET' && method !== 'HEAD') return failure(405, 'UNSUPPORTED');
  const tags = content.repositories.get(repository);
  if (!tags) return failure(404, 'NAME_UNKNOWN');
  if (kind === 'referrers') return referrers(content, last);
  if (kind === 'tags') return tagList(repository, [...tags.keys()], url);
  if (kind === 'manifests') return manifest(content, tags.get(last)?.digest ?? last, headers);
  return blob(content, last, headers.range);
}

/** What refers to a digest; registries that do not know of this answer 404. */
function referrers({ referrers: known }: RegistryContent, digest: string): Answer {
  if (!known) return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' };
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = known.get(digest) ?? [];
  return json(200, { schemaVersion: 2, mediaType, manifests }, { 'content-type': mediaType });
}

const defaultPageSize = 100;
const maxPageSize = 1_000;

function catalog({ repositories }: RegistryContent, url: URL): Answer {
  const page = pageOf([...repositories.keys()], url);
  return page ? json(200, { repositories: page.names }, page.headers) : pageSizeRefused();
}

function tagList(name: string, tags: readonly string[], url: URL): Answer {
  const page = pageOf(tags, url);
  return page
    ? json(200, { name, tags: tags.length > 0 ? page.names : null }, page.headers)
    : pageSizeRefused();
}

function pageSizeRefused(): Answer {
  return failure(400, 'PAGINATION_NUMBER_INVALID');
}

/** One page in lexical order, with the link to the next. Undefined when the page size is too large. */
function pageOf(names: readonly string[], url: URL) {
  const asked = Number(url.searchParams.get('n') ?? defaultPageSize);
  const size = asked > 0 ? asked : defaultPageSize;
  if (size > maxPageSize) return undefined;
  const last = url.searchParams.get('last') ?? '';
  const rest = [...names].sort().filter((name) => name > last);
  const page = rest.slice(0, size);
  const query = new URLSearchParams({ last: page.at(-1) ?? '', n: String(size) });
  const link = `<${url.pathname}?${query.toString()}>; rel="next"`;
  return { names: page, headers: rest.length > size ? { link } : {} };
}

function manifest(content: RegistryContent, digest: string, headers: RecordedRequest['headers']): Answer {
  const stored = content.blobs.get(digest);
  const mediaType = content.manifestTypes.get(digest);
  if (!stored || !mediaType || !(headers.accept ?? '').includes(mediaType))
    return failure(404, 'MANIFEST_UNKNOWN');
  const common = { 'docker-content-digest': digest, etag: `"${digest}"` };
  if (headers['if-none-match'] === `"${digest}"`) return { status: 304, headers: common };
  return {
    status: 200,
    headers: { ...common, 'content-type': mediaType, 'content-length': String(stored.sizeBytes) },
    body: () => stored.open(0, stored.sizeBytes - 1),
  };
}

function blob(content: RegistryContent, digest: string, range: string | undefined): Answer {
  if (!/^sha256:[a-f0-9]{64}$/.test(digest)) return failure(400, 'DIGEST_INVALID');
  const stored = content.blobs.get(digest);
  if (!stored) return failure(404, 'BLOB_UNKNOWN');
  const size = stored.sizeBytes;
  const common = {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
  };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined) {
    const body = size > 0 ? () => stored.open(0, size - 1) : '';
    return { status: 200, headers: { ...common, 'content-length': String(size) }, body };
  }
  const start = Number(first);
  const end = Math.min(last ? Number(last) : size - 1, size - 1);
  if (start > end) return { status: 416, headers: { 'content-range': `bytes */${size}` } };
  return {
    status: 206,
    headers: {
      ...common,
      'content-range': `bytes ${start}-${end}/${size}`,
      'content-length': String(end - start + 1),
    },
    body: () => stored.open(start, end),
  };
}
