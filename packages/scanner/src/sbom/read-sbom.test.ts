import { expect, it } from 'vitest';
import { fixture } from '../analyzers/testing-read.ts';
import { readSbom } from './read-sbom.ts';

const read = (document: unknown) => readSbom(Buffer.from(JSON.stringify(document)));
const namesOf = (claims: ReturnType<typeof readSbom>) =>
  claims?.packages.map(({ type, name, version }) => `${type} ${name} ${version}`);

it('reads SPDX as Bitnami writes it', () => {
  expect(readSbom(fixture('sbom/redis.spdx'))).toEqual({
    format: 'spdx',
    trust: 'unsigned',
    isCut: false,
    packages: [
      { type: 'bitnami', name: 'redis', version: '7.2.4-10', evidence: 'sbom' },
      {
        type: 'deb',
        name: 'libc6',
        version: '2.36-9+deb12u7',
        arch: 'amd64',
        sourceName: 'glibc',
        sourceVersion: '2.36-9',
        claimedVendor: 'debian',
        evidence: 'sbom',
      },
    ],
  });
});

it('reads CycloneDX with components in components, and leaves the image itself out', () => {
  const claims = readSbom(fixture('sbom/app.cdx.json'));

  expect(namesOf(claims)?.toSorted()).toEqual([
    'generic zlib 1.3.1',
    'maven org.apache.logging.log4j:log4j-core 2.17.1',
    'npm @babel/core 7.24.0',
    'npm semver 6.3.1',
    'rpm openssl 1:3.0.7-25.el9',
  ]);
  expect(claims).toMatchObject({ format: 'cyclonedx', trust: 'unsigned' });
});

it('reads SPDX 3', () => {
  const claims = read({
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [
      { type: 'CreationInfo' },
      { type: 'software_Package', software_packageUrl: 'pkg:npm/ws@8.17.0' },
      { type: 'software_Package', software_packageUrl: 'pkg:npm/no-version', software_packageVersion: '2' },
    ],
  });

  expect(namesOf(claims)).toEqual(['npm ws 8.17.0', 'npm no-version 2']);
  expect(claims?.format).toBe('spdx');
});

it('reads what lies in a statement, an envelope and a bundle, and tells that somebody signed it', () => {
  const predicate = { bomFormat: 'CycloneDX', components: [{ purl: 'pkg:npm/ws@8' }] };
  const statement = { predicateType: 'https://cyclonedx.org/bom', predicate };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const signed = { payload, signatures: [{ sig: 'x' }] };

  expect(read(statement)).toMatchObject({ trust: 'unsigned', packages: [{ name: 'ws' }] });
  expect(read({ payload, signatures: [] })).toMatchObject({ trust: 'unsigned', packages: [{ name: 'ws' }] });
  expect(read(signed)).toMatchObject({ trust: 'unverified', packages: [{ name: 'ws' }] });
  expect(read({ dsseEnvelope: signed })).toMatchObject({ trust: 'unverified', packages: [{ name: 'ws' }] });
  expect(readSbom(fixture('sbom/signed.dsse.json'))).toMatchObject({ format: 'spdx', trust: 'unverified' });
});

it.each<[string, unknown]>([
  ['a list', []],
  ['an object of something else', { name: 'x', packages: [] }],
  [
    'wrappers without end',
    { predicate: { predicate: { predicate: { predicate: { bomFormat: 'CycloneDX' } } } } },
  ],
])('takes %s for no SBOM', (_what, document) => {
  expect(read(document)).toBeUndefined();
});

it('passes over what is no package', () => {
  const purls = [
    'pkg:npm/ws',
    'ws@1',
    'pkg:/x@1',
    'pkg:npm/a%20b@1',
    `pkg:npm/${'x'.repeat(600)}@1`,
    `pkg:npm/${'x'.repeat(5_000)}@1`,
    'pkg:npm/ok@1',
    7,
    null,
  ];

  expect(namesOf(read({ bomFormat: 'CycloneDX', components: purls.map((purl) => ({ purl })) }))).toEqual([
    'npm ok 1',
  ]);
  expect(read({ bomFormat: 'CycloneDX', components: 'x' })?.packages).toEqual([]);
  expect(read({ spdxVersion: 'SPDX-2.3', packages: [null, { externalRefs: 7 }] })?.packages).toEqual([]);
});

it('takes a bounded number of packages', () => {
  const components = Array.from({ length: 60_000 }, (_, index) => ({ purl: `pkg:npm/p${index}@1` }));

  const claims = read({ bomFormat: 'CycloneDX', components });

  expect(claims?.packages).toHaveLength(50_000);
  expect(claims?.isCut).toBe(true);
});

it('bears components that nest without end', () => {
  const depth = 100_000;
  const text = `{"bomFormat":"CycloneDX","components":[${'{"components":['.repeat(depth)}${']}'.repeat(depth)}]}`;

  expect(readSbom(Buffer.from(text))?.packages).toEqual([]);
});
