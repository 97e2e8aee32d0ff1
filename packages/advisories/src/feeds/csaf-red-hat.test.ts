import { redHatVex } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import type { VexDocument } from '../enrichment.ts';
import { readVexDocument } from '../read-vex.ts';

async function read(document: object): Promise<VexDocument> {
  return (await readVexDocument('cve-2026-0001.json', Buffer.from(JSON.stringify(document)))).vex;
}

it('tells which packages of which releases are affected, and whether they will be fixed', async () => {
  const { advisories = [] } = await read(redHatVex());

  expect(advisories.map(({ advisory }) => advisory)).toMatchObject([
    {
      id: 'REDHAT-CVE-2026-0001',
      modified: '2026-01-02T00:00:00.000Z',
      published: '2026-01-01T12:00:00.000Z',
      summary: 'tar: writes outside of its folder',
      upstream: ['CVE-2026-0001'],
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N' }],
      cwes: ['CWE-22'],
      affected: [
        { ecosystem: 'Red Hat:enterprise_linux:6', name: 'tar', willNotFix: true },
        { ecosystem: 'Red Hat:enterprise_linux:7', name: 'tar', willNotFix: true, urgency: 'Low' },
        { ecosystem: 'Red Hat:enterprise_linux:8', name: 'nodejs', willNotFix: true, module: 'nodejs:18' },
        { ecosystem: 'Red Hat:enterprise_linux:9', name: 'tar', urgency: 'Moderate' },
      ],
    },
  ]);
  expect(advisories[0]?.advisory.affected[3]).not.toHaveProperty('willNotFix');
  expect(JSON.parse(Buffer.from(advisories[0]!.document).toString('utf8'))).toMatchObject({
    details: 'A flaw was found in tar.',
    references: [{ url: 'https://access.redhat.com/security/cve/CVE-2026-0001' }],
  });
});

it('says nothing of a release any more for which there is a fix', async () => {
  const { advisories = [] } = await read(redHatVex({ fixed: true }));

  expect(advisories[0]?.advisory.affected.map(({ ecosystem }) => ecosystem)).not.toContain(
    'Red Hat:enterprise_linux:9',
  );
});

it('limits what it states to the release that it is said of, and states nothing of other products', async () => {
  const { statements } = await read(redHatVex({ fixed: true }));

  expect(statements.map(({ status, products }) => [status, products.map(({ product }) => product)])).toEqual([
    ['fixed', ['pkg:rpm/redhat/tar@1.34-9.el9?arch=x86_64&epoch=2&distro=rhel-9']],
    ['affected', ['pkg:rpm/redhat/tar?arch=src&distro=rhel-6']],
    ['affected', ['pkg:rpm/redhat/tar?arch=src&distro=rhel-7']],
    ['affected', ['pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:18&distro=rhel-8']],
    ['not_affected', ['pkg:rpm/redhat/tar?arch=src&distro=rhel-8']],
  ]);
});

it.each([
  [
    'somebody else',
    (it: ReturnType<typeof redHatVex>) => (it.document.publisher.namespace = 'https://example.com'),
  ],
  ['an advisory', (it: ReturnType<typeof redHatVex>) => (it.document.category = 'csaf_security_advisory')],
])('takes no unfixed packages from %s', async (_whom, change) => {
  const document = redHatVex();
  change(document);

  expect(await read(document)).not.toHaveProperty('advisories');
});
