import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  option,
  record,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import { expect, it } from 'vitest';
import { vexStatuses, type VexStatement } from './enrichment.ts';
import { readVexDocument } from './read-vex.ts';
import { vexWriters, type VexContents } from './write-vex.ts';

const image = `pkg:oci/web@sha256:${'a'.repeat(64)}?repository_url=shop/web`;
const products = record(
  {
    product: constantFrom(image, 'pkg:deb/debian/tar', 'pkg:npm/%40acme/x@1.0', 'pkg:oci/api'),
    component: constantFrom('pkg:deb/debian/tar@1.34', 'pkg:deb/debian/curl'),
  },
  { requiredKeys: ['product'] },
).map(({ product, component }) =>
  component !== undefined && product.startsWith('pkg:oci/') ? { product, component } : { product },
);

const statements: Arbitrary<VexStatement> = record({
  vulnerability: constantFrom('CVE-2026-1000', 'GHSA-aaaa-bbbb-cccc'),
  aliases: uniqueArray(constantFrom('GHSA-1', 'GO-2'), { maxLength: 2 }),
  products: uniqueArray(products, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
  status: constantFrom(...vexStatuses),
  reason: option(constantFrom('It is not built in.', 'Äh'), { nil: undefined }),
}).map(({ reason, status, ...rest }) => ({
  ...rest,
  status,
  ...(status === 'not_affected' && { justification: 'vulnerable_code_not_present' }),
  ...(status === 'not_affected' && reason !== undefined && { impact: reason }),
}));

const contentsOf = (list: readonly VexStatement[]): VexContents => ({
  id: 'https://plimsoll.example/vex/1',
  uuid: '3e671687-395b-41f5-a30f-a58921a69b79',
  author: 'Acme',
  authorUrl: 'https://plimsoll.example',
  issuedAt: '2026-01-01T00:00:00.000Z',
  statements: list,
});

/** What a statement comes to, whichever way it is split. */
const meaning = (list: readonly VexStatement[]) =>
  list
    .flatMap(({ products: named, vulnerability, status }) =>
      named.map((one) => JSON.stringify([vulnerability, status, one.product, one.component ?? null])),
    )
    .toSorted();

/** Of each product only what is said first about a vulnerability: formats differ in what they do with two words. */
function withoutContradictions(list: readonly VexStatement[]): VexStatement[] {
  const said = new Set<string>();
  return list.flatMap((statement) => {
    const left = statement.products.filter(({ product, component }) => {
      const key = JSON.stringify([statement.vulnerability, product, component]);
      return !said.has(key) && said.add(key);
    });
    return left.length > 0 ? [{ ...statement, products: left }] : [];
  });
}

it.each(Object.entries(vexWriters))('reads from %s what was written', async (_format, write) => {
  await assert(
    asyncProperty(array(statements, { minLength: 1, maxLength: 4 }), async (made) => {
      const list = withoutContradictions(made);
      const bytes = Buffer.from(JSON.stringify(write(contentsOf(list))));

      const { vex, faults } = await readVexDocument('vex.json', bytes);

      expect(faults).toEqual([]);
      expect(vex.author).toBe('Acme');
      expect(new Set(meaning(vex.statements))).toEqual(new Set(meaning(list)));
    }),
  );
});

it('gives a reason where the formats demand one', () => {
  const [bare]: VexStatement[] = [
    { vulnerability: 'CVE-2026-1000', aliases: [], products: [{ product: image }], status: 'not_affected' },
  ];

  expect(JSON.stringify(vexWriters.openvex(contentsOf([bare as VexStatement])))).toContain(
    'impact_statement',
  );
  expect(JSON.stringify(vexWriters.csaf(contentsOf([bare as VexStatement])))).toContain('"impact"');
});

it('says in CSAF of each product what counts, which is the newest', () => {
  const said = (status: VexStatement['status'], statedAt: string): VexStatement => ({
    vulnerability: 'CVE-2026-1000',
    aliases: [],
    products: [{ product: image }],
    status,
    statedAt,
  });

  const written = vexWriters.csaf(
    contentsOf([said('affected', '2026-01-02T00:00:00Z'), said('not_affected', '2026-01-01T00:00:00Z')]),
  );

  expect(written).toMatchObject({
    vulnerabilities: [{ cve: 'CVE-2026-1000', product_status: { known_affected: ['P-1'] } }],
  });
  expect(JSON.stringify(written)).not.toContain('known_not_affected');
});
