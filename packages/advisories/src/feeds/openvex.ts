import { AdvisoriesError } from '../advisories-error.ts';
import { vexStatuses, type VexProduct, type VexStatement } from '../enrichment.ts';
import type { Fault, Feed } from '../feed.ts';
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

/** OpenVEX documents (github.com/openvex/spec, versions 0.0.x and 0.2.0). */
export const openvex: Feed = {
  id: 'openvex',
  kind: 'vex',
  recognizes: ({ head }) => /"https:\/\/openvex\.dev\/ns/.test(head),
  async *read(file, signal) {
    const { value, bytes } = await readJson(file, signal);
    const document = asObject(value);
    const id = textOf(document['@id'], maxIdLength);
    if (!id) throw new AdvisoriesError('invalid', `${file.name} is an OpenVEX document without an @id`);
    const statements: VexStatement[] = [];
    for (const [index, one] of asList(document['statements']).entries()) {
      const read = statementOf(asObject(one), document);
      if ('reason' in read) yield { fault: { ...read, name: `${file.name}, statement ${index + 1}` } };
      else statements.push(read);
    }
    const issuedAt = instantOf(document['last_updated']) ?? instantOf(document['timestamp']);
    yield {
      vex: {
        id,
        format: 'openvex',
        author: textOf(document['author'], maxIdLength) ?? 'unknown',
        version: versionOf(document['version']),
        ...(issuedAt ? { issuedAt } : {}),
        statements,
      },
      document: bytes,
    };
  },
};

/** A number; a text in the versions before 0.2.0. */
function versionOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : (textOf(value, maxIdLength) ?? '');
}

function statementOf(statement: Json, document: Json): VexStatement | Pick<Fault, 'reason'> {
  // A plain text in the versions before 0.2.0.
  const about = statement['vulnerability'];
  const vulnerability =
    textOf(typeof about === 'string' ? about : asObject(about)['name'], maxIdLength) ??
    textOf(asObject(about)['@id'], maxIdLength);
  const status = vexStatuses.find((status) => status === statement['status']);
  if (!vulnerability || !status) return { reason: 'it names no vulnerability, or no status that is known' };
  const products = asList(statement['products'] ?? document['products']).flatMap(productsOf);
  if (products.length === 0) return { reason: 'none of its products is named by a purl' };
  const optional = {
    justification: textOf(statement['justification'], maxIdLength),
    impact: textOf(statement['impact_statement'] ?? statement['status_notes'], maxTextLength),
    action: textOf(statement['action_statement'], maxTextLength),
    statedAt:
      instantOf(statement['last_updated']) ?? instantOf(statement['timestamp'] ?? document['timestamp']),
  };
  return {
    vulnerability,
    aliases: asList(asObject(about)['aliases']).flatMap((alias) => textOf(alias, maxIdLength) ?? []),
    products,
    status,
    ...withoutUndefined(optional),
  };
}

/** Products are texts before 0.2.0; `@id` or `identifiers.purl` names them since. */
function productsOf(value: unknown): VexProduct[] {
  const product = nameOf(value);
  if (!product) return [];
  const components = asList(asObject(value)['subcomponents']).flatMap((component) => nameOf(component) ?? []);
  return components.length === 0 ? [{ product }] : components.map((component) => ({ product, component }));
}

function nameOf(value: unknown): string | undefined {
  const { '@id': id, identifiers } = asObject(value);
  return purlOf(value) ?? purlOf(id) ?? purlOf(asObject(identifiers)['purl']);
}
