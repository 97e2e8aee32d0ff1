import { setTimeout as wait } from 'node:timers/promises';
import { AdvisoriesError } from '../advisories-error.ts';
import { downloadPage, type Page } from '../download.ts';
import type { FeedItem, FeedOptions, FeedPart, Known } from '../feed.ts';
import { githubItems } from '../feeds/github.ts';

/** The most that GitHub gives at a time. */
const pageSize = 100;
/** Records that were changed out of order are found again within this time. */
const overlapMs = 60 * 60 * 1000;
/** More pages than all of its advisories, also those that nobody reviewed, take. */
const maxPages = 10_000;
/** A limit that lifts sooner is waited for; after a later one the next pass goes on. */
const maxWaitMs = 60_000;
/** How often one page is asked for again. */
const maxAttempts = 5;

/**
 * Tells the list of advisories of GitHub's REST API, its own or that of an Enterprise Server
 * (`https://HOST/api/v3/advisories`).
 */
export function isGithubApi({ hostname, pathname }: URL): boolean {
  return hostname === 'api.github.com' ? pathname === '/advisories' : pathname.endsWith('/api/v3/advisories');
}

/**
 * The advisories that GitHub's REST API lists (docs.github.com/rest/security-advisories/global-advisories), page by page
 * and least recently changed first: a pass that the rate limit ends has read all up to an instant, and the next one goes
 * on from there. The query of the address chooses (`type`, `ecosystem`, `severity` ..).
 */
export function githubApiPart(address: string, options: FeedOptions): FeedPart {
  const asked = new URL(address);
  const chosen = ['type', 'ecosystem', 'severity'].flatMap((name) => asked.searchParams.get(name) ?? []);
  return {
    ecosystem: ['github-api', ...chosen].join('-'),
    source: address,
    isDump: false,
    async open(known, signal) {
      const first = await pageAt(firstAddress(asked, known), options, signal);
      if (first === 'limited') throw usedUp(asked);
      return {
        feed: 'github',
        kind: 'advisories',
        // GitHub marks what it takes back; nothing vanishes from the list.
        extent: 'some',
        validator: undefined,
        items: pages(asked, first, { ...options, isWhole: known === undefined }, signal),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

function firstAddress(asked: URL, known: Known | undefined): URL {
  const address = new URL(asked);
  const query = address.searchParams;
  query.set('per_page', String(pageSize));
  query.set('sort', 'updated');
  query.set('direction', 'asc');
  if (known?.newestModified) {
    const since = new Date(known.newestModified.getTime() - overlapMs).toISOString();
    query.set('modified', `>=${since.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`);
  }
  return address;
}

async function* pages(
  asked: URL,
  first: Page,
  { isWhole, ...options }: FeedOptions & { readonly isWhole: boolean },
  signal: AbortSignal | undefined,
): AsyncIterable<FeedItem> {
  let page = first;
  for (let count = 1; ; count++) {
    yield* githubItems(page.value);
    const next = nextOf(page, asked);
    if (!next) return;
    if (count >= maxPages) throw new AdvisoriesError('too-large', `${asked.href} has no end`);
    const following = await pageAt(next, options, signal);
    if (following === 'limited') {
      if (isWhole) throw usedUp(asked);
      yield { fault: { name: next.href, reason: goesOn } };
      return;
    }
    page = following;
  }
}

function usedUp({ href }: URL): AdvisoriesError {
  return new AdvisoriesError('unavailable', `${href} answers no more for now: its rate limit is used up`);
}

const goesOn =
  'the rate limit is used up, the next pass goes on from here; a token (ADVISORIES_GITHUB_TOKEN) has a higher one';

/** The page after this one, which must be of the same list. @throws {AdvisoriesError} `invalid` when it is not. */
function nextOf({ link }: Page, asked: URL): URL | undefined {
  const target = /<([^<>]+)>\s*;[^,<]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = URL.canParse(target, asked) ? new URL(target, asked) : undefined;
  if (next?.origin === asked.origin) return next;
  throw new AdvisoriesError('invalid', `${asked.href} names a next page elsewhere`);
}

/** Reads a page, and waits for a rate limit that lifts soon. */
async function pageAt(
  address: URL,
  { githubToken }: FeedOptions,
  signal: AbortSignal | undefined,
): Promise<Page | 'limited'> {
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': 'plimsoll',
    'x-github-api-version': '2022-11-28',
    ...(githubToken === undefined ? {} : { authorization: `Bearer ${githubToken.reveal()}` }),
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadPage(address.href, headers, signal);
    } catch (error) {
      if (!(error instanceof AdvisoriesError) || error.retryAfterMs === undefined) throw error;
      if (error.retryAfterMs > maxWaitMs || attempt === maxAttempts) return 'limited';
      await wait(error.retryAfterMs, undefined, signal ? { signal } : {});
    }
  }
}
