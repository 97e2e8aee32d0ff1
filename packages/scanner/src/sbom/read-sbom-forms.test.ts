import { describe, expect, it } from 'vitest';
import { fixture } from '../analyzers/testing-read.ts';
import { readSbom } from './read-sbom.ts';

const read = (text: string) => {
  const claims = readSbom(Buffer.from(text));
  return (
    claims && [
      claims.format,
      ...claims.packages.map(({ type, name, version }) => `${type} ${name} ${version}`),
    ]
  );
};

describe('SPDX as tags and values', () => {
  it('is read package by package', () => {
    expect(read(fixture('sbom/app.spdx').toString())).toEqual([
      'spdx',
      'npm express 4.19.2',
      'deb libc6 2.36-9+deb12u7',
    ]);
  });

  it('is not misled by what texts of several lines say, nor by files', () => {
    const text = [
      '# made by hand',
      '',
      'SPDXVersion: SPDX-2.3',
      'PackageName: a',
      'PackageVersion: 1',
      'PackageComment: <text>see',
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/in-text@1',
      '</text>',
      'ExternalRef: SECURITY cpe23Type cpe:2.3:a',
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/a',
      'FileName: ./x',
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/of-a-file@1',
    ];
    expect(read(text.join('\r\n'))).toEqual(['spdx', 'npm a 1']);
  });
});

const bom = (inner: string) =>
  `<?xml version="1.0"?>\n<!-- <bom> --><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">${inner}</bom>`;
const component = (purl: string, inner = '') =>
  `<component type="library"><name>x</name><version>7</version><purl>${purl}</purl>${inner}</component>`;

describe('CycloneDX in XML', () => {
  it('is read component by component, also those in others', () => {
    expect(read(fixture('sbom/app.cdx.xml').toString())).toEqual([
      'cyclonedx',
      'maven org.apache.logging.log4j:log4j-core 2.17.1',
      'npm @babel/core 7.24.0',
    ]);
  });

  it('takes neither the image itself nor ancestors of a component for what is in it', () => {
    const text = bom(
      `<metadata>${component('pkg:npm/image@1')}</metadata><components>${component(
        'pkg:npm/a?x=1&amp;y=&#50;',
        `<pedigree><ancestors>${component('pkg:npm/old@1')}</ancestors></pedigree>`,
      )}${component('<![CDATA[pkg:npm/b@2]]>')}</components>`,
    );
    expect(read(text)).toEqual(['cyclonedx', 'npm a 7', 'npm b 2']);
  });

  it('may have a prefix for its names', () => {
    const text =
      '<b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.5"><b:components><b:component><b:purl>pkg:npm/a@1</b:purl></b:component></b:components></b:bom>';
    expect(read(text)).toEqual(['cyclonedx', 'npm a 1']);
  });

  it.each([
    ['a document type', `<!DOCTYPE bom [<!ENTITY a "aaaa">]>${bom('')}`],
    ['absurd depth', bom('<a>'.repeat(100_000))],
    ['an end in the middle', bom('').slice(0, -3)],
    ['elements that cross', bom('<a><b></a></b>')],
    ['a tag without an end', bom(`<a ${'b="c" '.repeat(100_000)}`)],
    ['a comment without an end', bom('<!--')],
  ])('is refused for %s', (_what, text) => {
    expect(() => read(text)).toThrow(/document|element/);
  });
});

it.each(['<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'PackageName: x'])(
  'takes %j for no SBOM',
  (text) => {
    expect(() => read(text)).toThrow(SyntaxError);
  },
);
