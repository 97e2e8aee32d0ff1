import type { Feed, FeedItem } from '../feed.ts';
import { readJson } from '../feed-file.ts';
import { asList, asObject, textOf } from '../json-fields.ts';
import { readOsvRecord } from '../read-osv-record.ts';
import { osvOfGithub } from './github-record.ts';

/**
 * Global advisories as GitHub's REST API answers (docs.github.com/rest/security-advisories/global-advisories): a list,
 * or one of them. The files of the repository github/advisory-database are OSV records and read as such.
 */
export const github: Feed = {
  id: 'github',
  kind: 'advisories',
  recognizes: ({ head }) => /"ghsa_id"\s*:/.test(head),
  async *read(file, signal) {
    const { value } = await readJson(file, signal);
    yield* githubItems(value);
  },
};

/** Reads a list of advisories, or one, as GitHub answers. */
export function* githubItems(value: unknown): Iterable<FeedItem> {
  for (const [index, one] of (Array.isArray(value) ? asList(value) : [value]).entries()) {
    yield itemOf(one, index);
  }
}

function itemOf(value: unknown, index: number): FeedItem {
  const name = textOf(asObject(value)['ghsa_id'], 100) ?? `entry ${index + 1}`;
  try {
    const document = Buffer.from(JSON.stringify(osvOfGithub(asObject(value))));
    return { advisory: readOsvRecord(document), document };
  } catch (error) {
    return { fault: { name, reason: (error as Error).message } };
  }
}
