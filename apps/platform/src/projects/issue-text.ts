import { z } from 'zod';
import type { IssueText } from './issue-resource.ts';

/** References shown with one issue; some records have hundreds. */
const maxReferences = 100;

/** The parts of a record (https://ossf.github.io/osv-schema/) that describe a vulnerability to people. */
const Record = z.object({
  details: z.string().optional().catch(undefined),
  references: z
    .array(z.object({ type: z.string(), url: z.string() }))
    .catch([])
    .default([]),
});

/** Describes a vulnerability by the advisories about it: the longest text, and all their references. */
export function issueTextOf(documents: ReadonlyMap<string, unknown>): IssueText {
  const records = [...documents.values()].flatMap((document) => {
    const parsed = Record.safeParse(document);
    return parsed.success ? [parsed.data] : [];
  });
  const [description] = records
    .flatMap((record) => record.details ?? [])
    .toSorted((a, b) => b.length - a.length);
  const references = new Map(records.flatMap((record) => record.references).map((one) => [one.url, one]));
  return { description, references: [...references.values()].slice(0, maxReferences) };
}
