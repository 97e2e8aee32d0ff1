import type { VexDocument } from '@plimsoll/advisories';
import { expect, it } from 'vitest';
import { limitedTo, readVexTrust, trustedProducts } from './vex-trust.ts';

it.each([
  ['/vex/acme=pkg:oci/acme-', { source: '/vex/acme', product: 'pkg:oci/acme-' }],
  [
    'https://a.example/?a=b=pkg:deb/debian/tar?arch=source',
    { source: 'https://a.example/?a=b', product: 'pkg:deb/debian/tar?arch=source' },
  ],
  ['/vex/acme', undefined],
  ['=pkg:oci/x', undefined],
  ['/vex/acme=oci/x', undefined],
])('reads %s', (text, trust) => {
  expect(readVexTrust(text)).toEqual(trust);
});

it('finds what a file is believed about by the folder or address that it lies in', () => {
  const trust = [
    { source: '/vex/acme', product: 'pkg:oci/web' },
    { source: '/vex/acme/', product: 'pkg:oci/api' },
  ];

  expect(trustedProducts(trust, '/vex/acme/web.json')).toEqual(['pkg:oci/api', 'pkg:oci/web']);
  expect(trustedProducts(trust, '/vex/acme.json')).toBeUndefined();
  expect(trustedProducts(trust, '/vex/other/web.json')).toBeUndefined();
});

it('leaves out what is said of other products', () => {
  const said = (...products: string[]) => ({
    vulnerability: 'CVE-2026-1',
    aliases: [],
    status: 'not_affected' as const,
    products: products.map((product) => ({ product })),
  });
  const document: VexDocument = {
    id: 'x',
    format: 'openvex',
    author: 'Acme',
    version: '1',
    statements: [
      said('pkg:oci/web@sha256:a', 'pkg:oci/webapp', 'pkg:deb/debian/tar@1'),
      said('pkg:deb/debian/curl'),
    ],
  };

  const { vex, leftOut } = limitedTo(['pkg:oci/web'], document);

  expect(vex.statements).toEqual([said('pkg:oci/web@sha256:a')]);
  expect(leftOut).toBe(3);
});
