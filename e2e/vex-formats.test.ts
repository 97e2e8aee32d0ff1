import { vexWriters, type VexContents, type VexStatement } from '@plimsoll/advisories';
import * as mandatoryTests from '@secvisogram/csaf-validator-lib/mandatoryTests.js';
import { csaf_2_0_strict } from '@secvisogram/csaf-validator-lib/schemaTests.js';
import validate from '@secvisogram/csaf-validator-lib/validate.js';
import { array, assert, asyncProperty, constantFrom, option, record, uniqueArray } from 'fast-check';
import { expect, it } from 'vitest';
import { schemaErrors } from '../packages/sbom/src/testing-schemas.ts';

// What an organization exports, held against what the formats' makers check documents with: CycloneDX's schema, and for
// CSAF the schema and the mandatory tests (docs.oasis-open.org/csaf/csaf/v2.0, 6.1) of the validator by the BSI and the
// makers of Secvisogram.

const image = `pkg:oci/web@sha256:${'a'.repeat(64)}?repository_url=shop/web`;
const products = constantFrom(
  { product: image },
  { product: image, component: 'pkg:deb/debian/tar@1.34' },
  { product: 'pkg:oci/api?repository_url=shop/api&tag=1', component: 'pkg:deb/debian/curl' },
  { product: 'pkg:deb/debian/tar' },
  { product: 'pkg:npm/%40acme/x@1.0' },
  { product: 'pkg:npm/x', versions: 'vers:npm/>=1.0|<2.0' },
);
const statement = record(
  {
    vulnerability: constantFrom('CVE-2026-1000', 'CVE-2026-2000', 'GHSA-aaaa-bbbb-cccc'),
    aliases: uniqueArray(constantFrom('GHSA-1', 'GO-2'), { maxLength: 2 }),
    products: uniqueArray(products, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
    status: constantFrom('not_affected', 'affected', 'fixed', 'under_investigation'),
    justification: option(
      constantFrom('vulnerable_code_not_present', 'component_not_present', 'code_not_reachable'),
      { nil: undefined },
    ),
    impact: option(constantFrom('It is not built in.', 'Ä'), { nil: undefined }),
    action: option(constantFrom('Wait.'), { nil: undefined }),
    statedAt: option(constantFrom('2025-12-01T10:00:00.000Z'), { nil: undefined }),
  },
  { requiredKeys: ['vulnerability', 'aliases', 'products', 'status'] },
).map(
  (one) =>
    Object.fromEntries(
      Object.entries(one).filter(([, value]) => value !== undefined),
    ) as unknown as VexStatement,
);

const contentsOf = (statements: readonly VexStatement[]): VexContents => ({
  id: 'https://plimsoll.example/rest/orgs/1/vex',
  uuid: '3e671687-395b-41f5-a30f-a58921a69b79',
  author: 'Acme',
  authorUrl: 'https://plimsoll.example',
  issuedAt: '2026-01-01T00:00:00.000Z',
  statements,
});

it('exports CycloneDX that follows the official schema', async () => {
  await assert(
    asyncProperty(array(statement, { maxLength: 4 }), async (statements) => {
      const text = JSON.stringify(vexWriters.cyclonedx(contentsOf(statements)));

      expect(schemaErrors('cyclonedx1.6-json', text)).toBeNull();
    }),
  );
});

it('exports CSAF that follows the official schema and passes the mandatory tests', async () => {
  const tests = [csaf_2_0_strict, ...Object.values(mandatoryTests)];
  await assert(
    asyncProperty(array(statement, { maxLength: 4 }), async (statements) => {
      const document = vexWriters.csaf(contentsOf(statements));
      const { tests: results } = await validate(tests, document);

      expect(results.length).toBeGreaterThan(30);
      expect(results.filter(({ isValid }) => !isValid)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
