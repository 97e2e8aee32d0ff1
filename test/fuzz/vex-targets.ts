import { AdvisoriesError, readOsvRecord, readVexDocument, type VexDocument } from '@plimsoll/advisories';
import { samples } from '../../packages/advisories/src/feeds/testing-samples.ts';
import type { FuzzTarget } from '../../packages/scanner/src/fuzz/testing-fuzz.ts';

/** What databases refuse: half characters and NUL. */
const unstorable = /\0|\p{Surrogate}/u;

/** For tests: the readers of VEX documents, which anybody with a token may hand over. */
export const vexTargets: readonly FuzzTarget[] = samples
  .filter(({ feed }) => ['openvex', 'csaf', 'cyclonedx'].includes(feed))
  .map(({ feed, name, bytes }) => ({
    id: `VEX ${feed}`,
    weight: 10,
    seeds: [bytes],
    async run(mutated) {
      try {
        checkVex((await readVexDocument(name, mutated)).vex);
        return true;
      } catch (error) {
        if (error instanceof AdvisoriesError) return false;
        throw error;
      }
    },
  }));

function checkVex(vex: VexDocument): void {
  if (vex.id === '' || vex.author === '' || vex.statements.length === 0)
    throw new Error('a document of nothing');
  if (unstorable.test(JSON.stringify(vex).replaceAll('\\\\u', '')))
    throw new Error('a text that cannot be stored');
  for (const { vulnerability, products, statedAt = '2026-01-01T00:00:00.000Z' } of vex.statements) {
    if (vulnerability === '' || products.length === 0) throw new Error('a statement about nothing');
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(statedAt)) throw new Error(`no instant: ${statedAt}`);
    for (const { product, component = 'pkg:' } of products) {
      if (!product.startsWith('pkg:') || !component.startsWith('pkg:'))
        throw new Error(`no purl: ${product}`);
    }
  }
}

const osvSeed = Buffer.from(
  JSON.stringify({
    id: 'GHSA-a',
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    aliases: ['CVE-2026-1'],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'npm', name: 'a' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.3' }] }],
        versions: ['1.0.0'],
        ecosystem_specific: { urgency: 'high', binaries: [{ a: '1' }] },
      },
    ],
    database_specific: { severity: 'HIGH', cwe_ids: ['CWE-79'] },
  }),
);

/** For tests: the reader of advisories. */
export const osvTarget: FuzzTarget = {
  id: 'advisory OSV',
  weight: 10,
  seeds: [osvSeed],
  run(mutated) {
    try {
      const { id, modified, affected } = readOsvRecord(mutated);
      if (id === '' || !/^\d{4}-/.test(modified)) throw new Error('an advisory of nothing');
      for (const { name, ecosystem } of affected) {
        if (name === '' || ecosystem === '') throw new Error('a package of nothing');
      }
      return true;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return false;
      throw error;
    }
  },
};
