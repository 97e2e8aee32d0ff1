import { expect, it } from 'vitest';
import { readFile } from './testing-read.ts';
import { sbom } from './sbom.ts';

const cyclonedx = JSON.stringify({ bomFormat: 'CycloneDX', components: [{ purl: 'pkg:npm/ws@8' }] });

it.each([
  'opt/bitnami/redis/.spdx-redis.spdx',
  'sbom/app.json',
  'usr/share/sbom/openssl.json',
  'var/lib/db/sbom/busybox-1.36.1-r2.spdx.json',
  'usr/lib/python3/dist-info/sboms/auditwheel.cdx.json',
  'sbom.json',
  'app/sbom.json',
])('reads /%s', (path) => {
  expect(sbom.wants(path)).toBe(true);
  expect(sbom.endings?.some((ending) => path.endsWith(ending))).toBe(true);
  expect(readFile(sbom, path, cyclonedx)).toMatchObject({
    names: ['ws 8'],
    facts: { sbom: { format: 'cyclonedx', trust: 'unsigned' } },
    warnings: [],
  });
});

it.each(['usr/bin/sbom', 'app/tests/sbom.json', 'go/pkg/testdata/x.spdx.json', 'app/my-sbom.json.bak'])(
  'leaves /%s alone',
  (path) => expect(sbom.wants(path)).toBe(false),
);

it('says nothing of files of another kind, whose names are like those of SBOMs', () => {
  expect(readFile(sbom, 'sbom', '\u007fELF')).toMatchObject({ facts: {}, warnings: [] });
  expect(readFile(sbom, 'sbom/settings.json', '{"color":"red"}')).toMatchObject({ facts: {}, warnings: [] });
});
