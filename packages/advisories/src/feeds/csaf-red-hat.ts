import type { Advisory } from '@plimsoll/contracts';
import { asList, asObject, maxIdLength, maxTextLength, textOf, type Json } from '../json-fields.ts';
import { readOsvRecord } from '../read-osv-record.ts';
import { componentsById, type CsafComponent } from './csaf-products.ts';

/** An advisory with the record that it was read from. */
export type VendorAdvisory = { readonly advisory: Advisory; readonly document: Uint8Array };

/**
 * What a VEX document of Red Hat says about packages of its distributions that are affected and not fixed, written as OSV
 * records: the dumps of OSV hold fixed ones only. A document about vulnerabilities in which nothing (or nothing any more) is
 * unfixed gives a record without packages, which takes the place of an earlier one.
 * Format: docs.redhat.com, "Red Hat CSAF/VEX data"; access.redhat.com/security/data/csaf/v2/vex.
 */
export function redHatAdvisories(root: Json): VendorAdvisory[] {
  const document = asObject(root['document']);
  const publisher = asObject(document['publisher'])['namespace'];
  const isRedHat = typeof publisher === 'string' && /^https?:\/\/(?:www\.)?redhat\.com\/?$/.test(publisher);
  if (!isRedHat || document['category'] !== 'csaf_vex') return [];
  const components = componentsById(asObject(root['product_tree']));
  const { current_release_date: modified, initial_release_date: published } = asObject(document['tracking']);
  return asList(root['vulnerabilities']).flatMap((one) => {
    const vulnerability = asObject(one);
    const cve = textOf(vulnerability['cve'], maxIdLength);
    if (!cve || !/^CVE-\d+-\d+$/.test(cve)) return [];
    const record = {
      id: `REDHAT-${cve}`,
      modified,
      published: vulnerability['release_date'] ?? published,
      upstream: [cve],
      summary: textOf(vulnerability['title'], maxTextLength),
      details: noteOf(vulnerability, 'description'),
      severity: vectorsOf(vulnerability),
      affected: affectedOf(vulnerability, components),
      references: asList(vulnerability['references']).flatMap((reference) => {
        const url = textOf(asObject(reference)['url'], maxTextLength);
        return url ? [{ type: 'WEB', url }] : [];
      }),
      database_specific: { cwe_ids: [asObject(vulnerability['cwe'])['id']] },
    };
    const text = Buffer.from(JSON.stringify(record));
    return [{ advisory: readOsvRecord(text), document: text }];
  });
}

/** One entry per package and product that is affected; what has a fix is told by Red Hat's advisories. */
function affectedOf(vulnerability: Json, components: ReadonlyMap<string, CsafComponent>): Json[] {
  const { known_affected: affected } = asObject(vulnerability['product_status']);
  const remedies = byProduct(vulnerability['remediations'], ({ category }) => category !== 'workaround');
  const impacts = byProduct(vulnerability['threats'], ({ category }) => category === 'impact');
  const entries = new Map<string, Json>();
  for (const id of asList(affected).map(String)) {
    const component = components.get(id);
    if (!component) continue;
    const { ecosystem, name, version, module } = component;
    const remedy = asObject(remedies.get(id));
    const entry = {
      package: { ecosystem, name },
      ...(version === undefined
        ? { ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] }
        : { versions: [version] }),
      ecosystem_specific: {
        urgency: asObject(impacts.get(id))['details'],
        fix_state: fixStateOf(remedy),
        module,
      },
    };
    entries.set(JSON.stringify(entry), entry);
  }
  return [...entries.values()];
}

/** `no_fix_planned` (`Will not fix`, `Out of support scope`), and `none_available` with the details `Fix deferred`. */
function fixStateOf({ category, details }: Json): string {
  const isDeferred = typeof details === 'string' && /^fix deferred$/i.test(details.trim());
  return category === 'no_fix_planned' || isDeferred ? 'will-not-fix' : 'no-fix';
}

/** The first of some remarks about each product. */
function byProduct(list: unknown, counts: (one: Json) => boolean): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const one of asList(list).map(asObject)) {
    if (!counts(one)) continue;
    for (const id of asList(one['product_ids']).map(String)) if (!found.has(id)) found.set(id, one);
  }
  return found;
}

function noteOf(vulnerability: Json, category: string): string | undefined {
  const note = asList(vulnerability['notes']).map(asObject);
  return textOf(note.find((one) => one['category'] === category)?.['text'], maxDetailsLength);
}

/** Longer texts than any description has. */
const maxDetailsLength = 100_000;

/** CVSS of CSAF 2.0 (`scores`) and 2.1 (`metrics`). */
function vectorsOf(vulnerability: Json): Json[] {
  const scores = [
    ...asList(vulnerability['scores']),
    ...asList(vulnerability['metrics']).map((metric) => asObject(metric)['content']),
  ].map(asObject);
  const members: readonly [type: string, member: string][] = [
    ['CVSS_V4', 'cvss_v4'],
    ['CVSS_V3', 'cvss_v3'],
    ['CVSS_V2', 'cvss_v2'],
  ];
  return members.flatMap(([type, member]) => {
    const score = scores.flatMap(
      (one) => textOf(asObject(one[member])['vectorString'], maxIdLength) ?? [],
    )[0];
    return score ? [{ type, score }] : [];
  });
}
