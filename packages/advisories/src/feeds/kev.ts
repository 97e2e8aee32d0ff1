import { AdvisoriesError } from '../advisories-error.ts';
import type { Feed, FeedItem } from '../feed.ts';
import { readJson } from '../feed-file.ts';
import { asList, asObject, dayOf, maxIdLength, maxTextLength, textOf } from '../json-fields.ts';

/** CISA's catalogue of known exploited vulnerabilities (cisa.gov/known-exploited-vulnerabilities-catalog), JSON. */
export const kev: Feed = {
  id: 'kev',
  kind: 'exploited',
  recognizes: ({ head }) => /"catalogVersion"\s*:/.test(head),
  async *read(file, signal) {
    const { value } = await readJson(file, signal);
    const entries = asObject(value)['vulnerabilities'];
    if (!Array.isArray(entries))
      throw new AdvisoriesError('invalid', `${file.name} lists no vulnerabilities`);
    for (const [index, entry] of asList(entries).entries()) yield itemOf(entry, index);
  },
};

function itemOf(value: unknown, index: number): FeedItem {
  const entry = asObject(value);
  const cve = textOf(entry['cveID'], maxIdLength);
  const addedOn = dayOf(entry['dateAdded']);
  if (!cve || !addedOn) {
    return {
      fault: { name: cve ?? `entry ${index + 1}`, reason: 'it has no CVE id, or no day it was added on' },
    };
  }
  const dueOn = dayOf(entry['dueDate']);
  const requiredAction = textOf(entry['requiredAction'], maxTextLength);
  return {
    exploited: {
      cve,
      name: textOf(entry['vulnerabilityName'], maxTextLength) ?? cve,
      addedOn,
      usedByRansomware: entry['knownRansomwareCampaignUse'] === 'Known',
      ...(dueOn ? { dueOn } : {}),
      ...(requiredAction ? { requiredAction } : {}),
    },
  };
}
