import type { Inventory } from '@plimsoll/contracts';
import { describe, expect, it } from 'vitest';
import { inventoryFormats } from './index.ts';
import { hasXmllint, schemaErrors } from './testing-schemas.ts';

const digest = (character: string) => `sha256:${character.repeat(64)}`;

/** Everything an inventory can hold, and text that no format must stumble over. */
const hostile = 'a & b <c> "d" \u0001\uD800 ]]> \u{1F4E6}\n\tz';
const inventory: Inventory = {
  schemaVersion: 1,
  digest: digest('0'),
  platform: 'linux/amd64',
  os: { id: 'debian', versionId: '12', prettyName: hostile },
  layers: [
    { digest: digest('a'), diffId: digest('b'), mediaType: 'x', sizeBytes: 7, createdBy: `RUN ${hostile}` },
    { digest: digest('c'), mediaType: 'x', sizeBytes: 0 },
  ],
  annotations: { 'org.opencontainers.image.base.name': hostile },
  config: { created: '2026-01-01T00:00:00Z', labels: { a: hostile } },
  packages: [
    {
      purl: 'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12',
      type: 'deb',
      name: 'libc6',
      version: '2.36-9',
      arch: 'amd64',
      sourceName: 'glibc',
      sourceVersion: '2.36-9',
      evidence: 'installed',
      layer: digest('a'),
      locations: [{ path: 'var/lib/dpkg/status', layer: digest('c') }],
    },
    {
      purl: 'pkg:npm/%40babel/core@7.24.0',
      type: 'npm',
      name: '@babel/core',
      version: '7.24.0',
      evidence: 'declared',
      layer: digest('c'),
      locations: [
        { path: `app/${hostile}/package-lock.json`, layer: digest('c') },
        { path: 'b/package-lock.json', layer: digest('c') },
      ],
      ownedBy: 'node-babel',
      alsoOwnedBy: ['node-corepack'],
      nestedIn: 'npm',
    },
    {
      purl: 'pkg:npm/bare@1',
      type: 'npm',
      name: 'bare',
      version: '1',
      sha1: '0123456789abcdef0123456789abcdef01234567',
      evidence: 'binary',
      removedIn: digest('c'),
      layer: digest('a'),
      locations: [],
    },
  ],
  warnings: [{ code: 'layer-corrupt', message: hostile, layer: digest('c'), path: hostile }],
  scanner: { version: '1.2.3', analyzers: { dpkg: 1 } },
  cost: { durationMs: 1, bytesPulled: 7, layersRead: 2, layersFromCache: 0 },
};
const empty: Inventory = { ...inventory, os: null, layers: [], config: {}, packages: [], warnings: [] };
const facts = {
  imageName: `registry.example.com/app:1 ${hostile}`,
  createdAt: new Date('2026-02-03T04:05:06.789Z'),
};

function write(id: string, written = inventory): string {
  return inventoryFormats.find((format) => format.id === id)!.write(written, facts);
}

describe.each(inventoryFormats)('format $id', (format) => {
  it('writes the same document for the same inventory, and another for another', () => {
    const other = { ...inventory, digest: digest('f') };
    expect(format.write(inventory, facts)).toBe(format.write(inventory, facts));
    expect(format.write(other, facts)).not.toBe(format.write(inventory, facts));
  });

  it('names every package by its purl and the layer that brought it', () => {
    // Where the format is XML, an ampersand is written by name.
    const written = format.write(inventory, facts).replaceAll('&amp;', '&');
    for (const { purl, layer } of inventory.packages) {
      expect(written).toContain(purl);
      expect(written).toContain(layer);
    }
  });
});

/** What each version's format is called. */
const cyclonedx = [
  ['1.6', 'cyclonedx'],
  ['1.5', 'cyclonedx1.5'],
  ['1.4', 'cyclonedx1.4'],
] as const;

describe('CycloneDX JSON', () => {
  it.each(cyclonedx)('follows the official schema of %s', (version, id) => {
    for (const written of [inventory, empty]) {
      const text = write(`${id}-json`, written);
      expect(schemaErrors(`${id}-json`, text)).toBeNull();
      expect((JSON.parse(text) as { specVersion: string }).specVersion).toBe(version);
    }
  });

  it('tells group, place, evidence and layer of a package', () => {
    const document = JSON.parse(write('cyclonedx-json')) as { components: unknown[] };
    expect(document.components[2]).toMatchObject({
      group: '@babel',
      name: 'core',
      properties: [
        { name: 'plimsoll:layer', value: digest('c') },
        { name: 'plimsoll:evidence', value: 'declared' },
        { name: 'plimsoll:ownedBy', value: 'node-babel' },
        { name: 'plimsoll:nestedIn', value: 'npm' },
        { name: 'plimsoll:alsoOwnedBy', value: 'node-corepack' },
      ],
      evidence: { occurrences: [{ additionalContext: digest('c') }, { location: 'b/package-lock.json' }] },
    });
  });

  it('says that an image with warnings is described incompletely', () => {
    expect(write('cyclonedx-json')).toContain('"aggregate": "incomplete"');
    expect(write('cyclonedx-json', empty)).toContain('"aggregate": "unknown"');
  });
});

describe('CycloneDX XML', () => {
  it.skipIf(!hasXmllint()).each(cyclonedx)('follows the official schema of %s', (_version, id) => {
    for (const written of [inventory, empty]) {
      expect(schemaErrors(`${id}-xml`, write(`${id}-xml`, written))).toBeNull();
    }
  });

  it('holds no character that XML cannot, and lets no text become markup', () => {
    const written = write('cyclonedx-xml');
    expect(written).toContain(
      'app/a &amp; b &lt;c&gt; &quot;d&quot; \uFFFD\uFFFD ]]&gt; \u{1F4E6}&#10;&#9;z/package-lock.json',
    );
    expect(written.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(written.isWellFormed()).toBe(true);
  });
});

describe('SPDX JSON', () => {
  it.each([inventory, empty])('follows the official schema', (written) => {
    expect(schemaErrors('spdx-json', write('spdx-json', written))).toBeNull();
  });

  it('relates the document to the image and the image to its packages', () => {
    const { packages, relationships } = JSON.parse(write('spdx-json')) as {
      packages: { SPDXID: string }[];
      relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
    };
    const [image, ...others] = packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(others).size).toBe(inventory.packages.length);
    expect(
      relationships.map((one) => [one.spdxElementId, one.relationshipType, one.relatedSpdxElement]),
    ).toEqual([['SPDXRef-DOCUMENT', 'DESCRIBES', image], ...others.map((id) => [image, 'CONTAINS', id])]);
    for (const id of others) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  });

  it('carries place, evidence and layer as annotations', () => {
    const { packages } = JSON.parse(write('spdx-json')) as {
      packages: { annotations: { comment: string }[] }[];
    };
    expect(packages[1]?.annotations.map(({ comment }) => comment)).toEqual([
      `plimsoll:layer=${digest('a')}`,
      'plimsoll:evidence=installed',
      'plimsoll:arch=amd64',
      'plimsoll:sourceName=glibc',
      'plimsoll:sourceVersion=2.36-9',
      `plimsoll:location=var/lib/dpkg/status (${digest('c')})`,
    ]);
  });
});
