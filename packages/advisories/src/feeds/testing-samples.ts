import { makeZip } from '@plimsoll/testkit';

/** A file of a feed with one record that can be read and one that cannot. */
export type Sample = {
  readonly feed: string;
  readonly name: string;
  readonly bytes: Buffer;
  /** What its readable record comes to, as far as it matters here. */
  readonly expected: object;
};

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const osvRecord = { id: 'GHSA-a', modified: '2026-01-01T00:00:00Z' };

const openvexDocument = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.com/vex-1',
  author: 'Example',
  timestamp: '2026-01-02T00:00:00Z',
  version: 2,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1', aliases: ['GHSA-a'] },
      products: [
        { '@id': 'pkg:oci/web', subcomponents: [{ '@id': 'pkg:deb/debian/tar@1.34?arch=amd64' }] },
        { identifiers: { purl: 'pkg:npm/%40acme/x@1.0' } },
      ],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      impact_statement: 'It is not built in.',
    },
    { vulnerability: { name: 'CVE-2026-2' }, products: [{ '@id': 'pkg:oci/web' }], status: 'who knows' },
  ],
};

const cyclonedxDocument = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  version: 4,
  metadata: {
    timestamp: '2026-01-04T00:00:00Z',
    authors: [{ name: 'Example' }],
    component: { type: 'container', name: 'web', 'bom-ref': 'image', purl: 'pkg:oci/web' },
  },
  components: [{ type: 'library', name: 'tar', 'bom-ref': 'tar', purl: 'pkg:deb/debian/tar' }],
  vulnerabilities: [
    {
      id: 'CVE-2026-1',
      references: [{ id: 'GHSA-a', source: { name: 'GitHub' } }],
      analysis: {
        state: 'not_affected',
        justification: 'code_not_reachable',
        detail: 'Nobody calls it.',
        lastUpdated: '2026-01-03T00:00:00Z',
      },
      affects: [
        { ref: 'tar' },
        { ref: 'image', versions: [{ range: 'vers:oci/<2', status: 'unaffected' }] },
        { ref: 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/x@1' },
        { ref: 'nothing' },
      ],
    },
    { id: 'CVE-2026-2', affects: [{ ref: 'tar' }] },
  ],
};

const csafDocument = {
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { name: 'Example' },
    tracking: { id: 'EX-1', version: '3', current_release_date: '2026-01-03T00:00:00Z' },
  },
  product_tree: {
    branches: [
      {
        branches: [
          {
            product: {
              product_id: 'tar',
              product_identification_helper: { purl: 'pkg:rpm/redhat/tar@1.34-6.el9' },
            },
          },
          {
            product: { product_id: 'image', product_identification_helper: { purl: 'pkg:oci/web' } },
          },
          { product: { product_id: 'no-purl' } },
        ],
      },
    ],
    relationships: [
      {
        category: 'default_component_of',
        full_product_name: { product_id: 'tar-in-image' },
        product_reference: 'tar',
        relates_to_product_reference: 'image',
      },
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2026-1',
      product_status: { known_not_affected: ['tar-in-image'], fixed: ['tar'], known_affected: ['no-purl'] },
      flags: [
        { label: 'component_not_present', product_ids: ['tar-in-image'], date: '2026-01-01T00:00:00Z' },
      ],
      threats: [{ category: 'impact', details: 'Moderate', product_ids: ['tar'] }],
      remediations: [{ category: 'vendor_fix', details: 'Update tar.', product_ids: ['tar'] }],
    },
    { title: 'an entry without an id', product_status: { fixed: ['tar'] } },
  ],
};

const githubAdvisory = {
  ghsa_id: 'GHSA-b',
  cve_id: 'CVE-2026-3',
  summary: 'Bad',
  description: 'Very bad',
  severity: 'high',
  published_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-02T00:00:00Z',
  withdrawn_at: null,
  references: ['https://example.com'],
  cvss_severities: { cvss_v3: { vector_string: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', score: 9.8 } },
  cwes: [{ cwe_id: 'CWE-79', name: 'XSS' }],
  vulnerabilities: [
    {
      package: { ecosystem: 'pip', name: 'x' },
      vulnerable_version_range: '>= 1.0, < 1.2',
      first_patched_version: '1.2',
    },
    { package: { ecosystem: 'npm', name: 'y' }, vulnerable_version_range: '<= 2.0' },
    { package: { ecosystem: 'npm', name: 'z' }, vulnerable_version_range: '= 3.0' },
  ],
};

/** One file per feed and way that it comes in. */
export const samples: readonly Sample[] = [
  {
    feed: 'osv',
    name: 'some.zip',
    bytes: makeZip([
      { name: 'GHSA-a.json', bytes: json(osvRecord) },
      { name: 'broken.json', bytes: Buffer.from('{') },
    ]),
    expected: { advisory: { id: 'GHSA-a' } },
  },
  {
    feed: 'osv',
    name: 'some.jsonl',
    bytes: Buffer.from(`${JSON.stringify(osvRecord)}\nbroken\n`),
    expected: { advisory: { id: 'GHSA-a' } },
  },
  {
    feed: 'epss',
    name: 'epss_scores-current.csv',
    bytes: Buffer.from(
      '#model_version:v2026.01.01,score_date:2026-01-02T12:00:00Z\ncve,epss,percentile\nCVE-2026-1,0.5,0.99\nnobody,1,2\n',
    ),
    expected: {
      epss: {
        cve: 'CVE-2026-1',
        probability: 0.5,
        percentile: 0.99,
        model: 'v2026.01.01',
        scoredOn: '2026-01-02',
      },
    },
  },
  {
    feed: 'kev',
    name: 'known_exploited_vulnerabilities.json',
    bytes: json({
      catalogVersion: '2026.01.02',
      vulnerabilities: [
        {
          cveID: 'CVE-2026-1',
          vulnerabilityName: 'Bad',
          dateAdded: '2026-01-01',
          dueDate: '2026-01-22',
          knownRansomwareCampaignUse: 'Known',
          requiredAction: 'Mend it.',
        },
        { vulnerabilityName: 'of no CVE' },
      ],
    }),
    expected: {
      exploited: {
        cve: 'CVE-2026-1',
        name: 'Bad',
        addedOn: '2026-01-01',
        dueOn: '2026-01-22',
        usedByRansomware: true,
        requiredAction: 'Mend it.',
      },
    },
  },
  {
    feed: 'openvex',
    name: 'web.openvex.json',
    bytes: json(openvexDocument),
    expected: {
      vex: {
        id: 'https://example.com/vex-1',
        format: 'openvex',
        author: 'Example',
        version: '2',
        statements: [
          {
            vulnerability: 'CVE-2026-1',
            aliases: ['GHSA-a'],
            status: 'not_affected',
            justification: 'vulnerable_code_not_present',
            impact: 'It is not built in.',
            products: [
              { product: 'pkg:oci/web', component: 'pkg:deb/debian/tar@1.34?arch=amd64' },
              { product: 'pkg:npm/%40acme/x@1.0' },
            ],
          },
        ],
      },
    },
  },
  {
    feed: 'cyclonedx',
    name: 'web.cdx.json',
    bytes: json(cyclonedxDocument),
    expected: {
      vex: {
        id: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
        format: 'cyclonedx',
        author: 'Example',
        version: '4',
        issuedAt: '2026-01-04T00:00:00.000Z',
        statements: [
          {
            vulnerability: 'CVE-2026-1',
            aliases: ['GHSA-a'],
            status: 'not_affected',
            justification: 'vulnerable_code_not_in_execute_path',
            impact: 'Nobody calls it.',
            statedAt: '2026-01-03T00:00:00.000Z',
            products: [
              { product: 'pkg:oci/web', component: 'pkg:deb/debian/tar' },
              { product: 'pkg:oci/web', versions: 'vers:oci/<2' },
              { product: 'pkg:oci/web', component: 'pkg:npm/x@1' },
            ],
          },
        ],
      },
    },
  },
  {
    feed: 'csaf',
    name: 'ex-1.json',
    bytes: json(csafDocument),
    expected: {
      vex: {
        id: 'EX-1',
        format: 'csaf',
        version: '3',
        issuedAt: '2026-01-03T00:00:00.000Z',
        statements: [
          {
            vulnerability: 'CVE-2026-1',
            status: 'not_affected',
            justification: 'component_not_present',
            products: [{ product: 'pkg:oci/web', component: 'pkg:rpm/redhat/tar@1.34-6.el9' }],
          },
          {
            vulnerability: 'CVE-2026-1',
            status: 'fixed',
            impact: 'Moderate',
            action: 'Update tar.',
            products: [{ product: 'pkg:rpm/redhat/tar@1.34-6.el9' }],
          },
        ],
      },
    },
  },
  {
    feed: 'github',
    name: 'advisories.json',
    bytes: json([githubAdvisory, { ghsa_id: 'GHSA-c' }]),
    expected: {
      advisory: {
        id: 'GHSA-b',
        modified: '2026-01-02T00:00:00.000Z',
        aliases: ['CVE-2026-3'],
        rating: 'HIGH',
        affected: [
          { ecosystem: 'PyPI', ranges: [{ events: [{ introduced: '1.0' }, { fixed: '1.2' }] }] },
          { ecosystem: 'npm', ranges: [{ events: [{ introduced: '0' }, { lastAffected: '2.0' }] }] },
          { ecosystem: 'npm', name: 'z', versions: ['3.0'] },
        ],
      },
    },
  },
];
