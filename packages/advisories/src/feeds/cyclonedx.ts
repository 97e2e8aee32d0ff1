import { AdvisoriesError } from '../advisories-error.ts';
import type { VexProduct, VexStatement, VexStatus } from '../enrichment.ts';
import type { Feed } from '../feed.ts';
import { readJson } from '../feed-file.ts';
import {
  asList,
  asObject,
  instantOf,
  maxIdLength,
  maxTextLength,
  textOf,
  type Json,
} from '../json-fields.ts';
import { purlOf } from '../purl-text.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { vulnerabilityStatements } from './vulnerability-statements.ts';

/** CycloneDX documents in JSON, read for what they say about vulnerabilities (cyclonedx.org/capabilities/vex). */
export const cyclonedx: Feed = {
  id: 'cyclonedx',
  kind: 'vex',
  recognizes: ({ head }) => /"bomFormat"\s*:\s*"CycloneDX"/.test(head),
  async *read(file, signal) {
    const { value, bytes } = await readJson(file, signal);
    const bom = asObject(value);
    const serial = textOf(bom['serialNumber'], maxIdLength);
    if (!serial)
      throw new AdvisoriesError('invalid', `${file.name} is a CycloneDX document without a serialNumber`);
    const products = productsByRef(bom);
    const statements = yield* vulnerabilityStatements(
      file.name,
      bom['vulnerabilities'],
      (one) => statementsOf(one, products),
      'it has no id, no state of an analysis, or affects nothing that is named by a purl',
    );
    const metadata = asObject(bom['metadata']);
    const issuedAt = instantOf(metadata['timestamp']);
    yield {
      vex: {
        id: serial,
        format: 'cyclonedx',
        author: authorOf(metadata),
        version: String(typeof bom['version'] === 'number' ? bom['version'] : ''),
        ...(issuedAt ? { issuedAt } : {}),
        statements,
      },
      document: bytes,
    };
  },
};

function authorOf(metadata: Json): string {
  const named = [
    ...asList(metadata['authors']),
    metadata['supplier'],
    metadata['manufacturer'],
    metadata['manufacture'],
  ];
  return named.flatMap((one) => textOf(asObject(one)['name'], maxIdLength) ?? [])[0] ?? 'unknown';
}

/** Real documents nest components a few levels deep. */
const maxDepth = 50;

const isImage = (purl: string) => /^pkg:(?:oci|docker)\//.test(purl);

/** What references mean. Components of a document about an image, and those nested in an image, are inside of it. */
function productsByRef(bom: Json): (ref: unknown) => VexProduct | undefined {
  const products = new Map<string, VexProduct>();
  const walk = (components: unknown, image: string | undefined, depth: number) => {
    if (depth > maxDepth) return;
    for (const component of asList(components).map(asObject)) {
      const purl = purlOf(component['purl']);
      if (purl && typeof component['bom-ref'] === 'string') {
        products.set(component['bom-ref'], inside(image, purl));
      }
      walk(component['components'], purl && isImage(purl) ? purl : image, depth + 1);
    }
  };
  const subject = asObject(asObject(bom['metadata'])['component']);
  const whole = purlOf(subject['purl']);
  const image = whole && isImage(whole) ? whole : undefined;
  walk([subject], undefined, 0);
  walk(bom['components'], image, 0);
  return (ref) => {
    if (typeof ref !== 'string') return undefined;
    const known = products.get(ref);
    if (known) return known;
    const named = purlOf(ref) ?? purlOfLink(ref);
    return named === undefined ? undefined : inside(image, named);
  };
}

function inside(image: string | undefined, purl: string): VexProduct {
  return image === undefined || image === purl ? { product: purl } : { product: image, component: purl };
}

/** A component of another document: `urn:cdx:<serial>/<version>#<bom-ref>`, where the reference is a purl. */
function purlOfLink(ref: string): string | undefined {
  const tail = /^urn:cdx:[^#]*#(.+)$/s.exec(ref)?.[1];
  if (tail === undefined) return undefined;
  try {
    return purlOf(tail) ?? purlOf(decodeURIComponent(tail));
  } catch {
    return undefined;
  }
}

const statusOfState: Readonly<Record<string, VexStatus>> = {
  not_affected: 'not_affected',
  false_positive: 'not_affected',
  exploitable: 'affected',
  in_triage: 'under_investigation',
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
};

const statusOfVersion: Readonly<Record<string, VexStatus>> = {
  affected: 'affected',
  unaffected: 'not_affected',
  unknown: 'under_investigation',
};

/** Justifications that OpenVEX and CSAF have, too; the others keep their name. */
const justifications: Readonly<Record<string, string>> = {
  code_not_present: 'vulnerable_code_not_present',
  code_not_reachable: 'vulnerable_code_not_in_execute_path',
  protected_by_mitigating_control: 'inline_mitigations_already_exist',
};

/** One statement per status: what is affected may differ by version. */
function statementsOf(
  vulnerability: Json,
  productOf: (ref: unknown) => VexProduct | undefined,
): VexStatement[] {
  const id = textOf(vulnerability['id'], maxIdLength);
  const analysis = asObject(vulnerability['analysis']);
  const state = textOf(analysis['state'], maxIdLength) ?? '';
  const whole = Object.hasOwn(statusOfState, state) ? statusOfState[state] : undefined;
  if (id === undefined) return [];
  const products = new Map<VexStatus, VexProduct[]>();
  const add = (status: VexStatus | undefined, product: VexProduct) => {
    if (status) products.set(status, [...(products.get(status) ?? []), product]);
  };
  for (const one of asList(vulnerability['affects']).map(asObject)) {
    const product = productOf(one['ref']);
    if (!product) continue;
    const versions = asList(one['versions']).map(asObject);
    if (versions.length === 0) add(whole, product);
    for (const version of versions) {
      const range = rangeOf(version, product.component ?? product.product);
      const status = textOf(version['status'], maxIdLength) ?? 'affected';
      // What an analysis says of versions that are affected by themselves is said of those.
      if (range === undefined || !Object.hasOwn(statusOfVersion, status)) continue;
      add(status === 'affected' && whole ? whole : statusOfVersion[status], { ...product, versions: range });
    }
  }
  const justification = textOf(analysis['justification'], maxIdLength);
  const aliases = asList(vulnerability['references']).flatMap(
    (one) => textOf(asObject(one)['id'], maxIdLength) ?? [],
  );
  const said = withoutUndefined({
    impact: textOf(analysis['detail'], maxTextLength),
    action: textOf(vulnerability['recommendation'] ?? vulnerability['workaround'], maxTextLength),
    statedAt:
      instantOf(analysis['lastUpdated']) ??
      instantOf(analysis['firstIssued']) ??
      instantOf(vulnerability['updated']),
  });
  return [...products].map(([status, named]) => ({
    vulnerability: id,
    aliases,
    products: named,
    status,
    ...(status === 'not_affected' && justification !== undefined
      ? {
          justification: Object.hasOwn(justifications, justification)
            ? (justifications[justification] ?? justification)
            : justification,
        }
      : {}),
    ...said,
  }));
}

/** A range as `vers` writes it; one version is a range of itself. */
function rangeOf(version: Json, purl: string): string | undefined {
  const range = textOf(version['range'], maxTextLength);
  if (range !== undefined) return range.startsWith('vers:') ? range : undefined;
  const one = textOf(version['version'], maxIdLength);
  const type = /^pkg:([a-z0-9.+-]+)\//i.exec(purl)?.[1];
  return one === undefined || !type ? undefined : `vers:${type.toLowerCase()}/${encodeURIComponent(one)}`;
}
