import type {
  Advisory,
  AdvisoryEvent,
  AdvisoryPackage,
  AdvisoryRange,
  AdvisorySeverity,
} from '@plimsoll/contracts';
import { asList, asObject, instantOf, maxIdLength, textOf, type Json } from './json-fields.ts';

/**
 * Reads one OSV record (ossf.github.io/osv-schema) into the normal form. What is not understood inside it is left
 * out; a record without an id or an instant of modification cannot be used.
 * @throws {SyntaxError} when it is no JSON, {TypeError} naming what is missing.
 */
export function readOsvRecord(document: Uint8Array): Advisory {
  const record = asObject(JSON.parse(utf8.decode(document)));
  const id = textOf(record['id'], maxIdLength);
  const modified = instantOf(record['modified']);
  if (!id || id.length !== String(record['id']).length) throw new TypeError('the record has no usable id');
  if (!modified) throw new TypeError('the record has no instant of modification');
  const published = instantOf(record['published']);
  const withdrawn = instantOf(record['withdrawn']);
  const summary = textOf(record['summary'], maxSummaryLength);
  const rating = textOf(asObject(record['database_specific'])['severity'], maxIdLength);
  return {
    id,
    modified,
    ...(published ? { published } : {}),
    // Withdrawn at an unreadable time is still withdrawn.
    ...(withdrawn || record['withdrawn'] ? { withdrawn: withdrawn ?? modified } : {}),
    ...(summary ? { summary } : {}),
    aliases: idsOf(record['aliases'], id),
    upstream: idsOf(record['upstream'], id),
    related: idsOf(record['related'], id),
    severity: severitiesOf(record['severity']),
    ...(rating ? { rating } : {}),
    cwes: cwesOf(asObject(record['database_specific'])),
    affected: asList(record['affected']).flatMap(affectedOf),
  };
}

const utf8 = new TextDecoder();

/** The longest Go and Maven names stay far below; together with the ecosystem it must fit an index entry. */
const maxNameLength = 300;
const maxVersionLength = 500;
/** One line for a list; the whole text stays in the document. */
const maxSummaryLength = 500;

function affectedOf(value: unknown): AdvisoryPackage[] {
  const entry = asObject(value);
  const named = asObject(entry['package']);
  const ecosystem = textOf(named['ecosystem'], maxIdLength);
  const name = textOf(named['name'], maxNameLength);
  if (!ecosystem || !name || name.length !== String(named['name']).length) return [];
  const specific = asObject(entry['ecosystem_specific']);
  const urgency = textOf(specific['urgency'], maxIdLength);
  const module = textOf(specific['module'], maxIdLength);
  const binaries = binariesOf(specific['binaries']);
  return [
    {
      ecosystem,
      name,
      ranges: asList(entry['ranges']).flatMap(rangeOf),
      versions: asList(entry['versions']).flatMap((version) => textOf(version, maxVersionLength) ?? []),
      severity: severitiesOf(entry['severity']),
      ...(urgency ? { urgency } : {}),
      ...(specific['fix_state'] === 'will-not-fix' ? { willNotFix: true } : {}),
      ...(module ? { module } : {}),
      ...(binaries ? { binaries } : {}),
    },
  ];
}

/** GIT ranges and those of kinds still to be invented say nothing about versions. */
function rangeOf(value: unknown): AdvisoryRange[] {
  const range = asObject(value);
  const { type } = range;
  if (type !== 'SEMVER' && type !== 'ECOSYSTEM') return [];
  const events = asList(range['events']).flatMap(eventsOf);
  return events.length > 0 ? [{ type, events }] : [];
}

function eventsOf(value: unknown): AdvisoryEvent[] {
  const event = asObject(value);
  const introduced = textOf(event['introduced'], maxVersionLength);
  const fixed = textOf(event['fixed'], maxVersionLength);
  const lastAffected = textOf(event['last_affected'], maxVersionLength);
  return [
    ...(introduced ? [{ introduced }] : []),
    ...(fixed ? [{ fixed }] : []),
    ...(lastAffected ? [{ lastAffected }] : []),
  ];
}

/** Ubuntu lists `{binary_name, binary_version}` or, in older records, objects of name to version. */
function binariesOf(value: unknown): Record<string, string> | undefined {
  const pairs = asList(value).flatMap((item): [string, string][] => {
    const binary = asObject(item);
    const name = textOf(binary['binary_name'], maxNameLength);
    const version = textOf(binary['binary_version'], maxVersionLength);
    if (name) return [[name, version ?? '']];
    return Object.entries(binary).flatMap(([key, value]): [string, string][] => {
      const name = textOf(key, maxNameLength);
      const version = textOf(value, maxVersionLength);
      return name && version ? [[name, version]] : [];
    });
  });
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}

function severitiesOf(value: unknown): AdvisorySeverity[] {
  return asList(value).flatMap((item) => {
    const severity = asObject(item);
    const type = textOf(severity['type'], maxIdLength);
    const score = textOf(severity['score'], maxSummaryLength);
    return type && score ? [{ type, score }] : [];
  });
}

/** GitHub's `cwe_ids`; others write objects with an id, or texts around it. */
function cwesOf(specific: Json): string[] {
  const named = [...asList(specific['cwe_ids']), ...asList(specific['cwes'])].flatMap((item) => {
    const { cwe_id: cweId, id, cweId: other } = asObject(item);
    const text = textOf(item, maxIdLength) ?? textOf(cweId ?? id ?? other, maxIdLength) ?? '';
    return /\bCWE-\d{1,5}\b/i.exec(text)?.[0].toUpperCase() ?? [];
  });
  return [...new Set(named)];
}

function idsOf(value: unknown, own: string): string[] {
  const ids = asList(value).flatMap((item) => textOf(item, maxIdLength) ?? []);
  return [...new Set(ids)].filter((id) => id !== own);
}
