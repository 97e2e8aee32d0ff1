import type { InventoryPackage } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { packageRows } from './package-row.ts';

function found(
  type: string,
  name: string,
  version: string,
  rest: Partial<InventoryPackage> = {},
): InventoryPackage {
  const layer = `sha256:${'0'.repeat(64)}`;
  return {
    purl: `pkg:${type}/${name}@${version}`,
    type,
    name,
    version,
    evidence: 'installed',
    layer,
    locations: [],
    ...rest,
  };
}

const brief = (packages: readonly InventoryPackage[], distro: string) =>
  packageRows(packages, distro).map((row) => [row.name, row.distro, row.owned]);

it('leaves language packages that the distribution packed to it', () => {
  const npm = found('npm', 'tar', '6.1.0', { ownedBy: 'npm' });

  expect(brief([found('deb', 'npm', '9.2.0~ds1-1'), npm], 'debian:12')).toEqual([
    ['npm', 'debian:12', false],
    ['tar', 'debian:12', true],
  ]);
});

it('matches npm inside the Node.js of NodeSource for itself, and not that package by advisories of Debian', () => {
  const npm = found('npm', 'tar', '6.1.0', { ownedBy: 'nodejs', nestedIn: 'npm' });

  expect(brief([found('deb', 'nodejs', '20.11.0-1nodesource1'), npm], 'debian:12')).toEqual([
    ['nodejs', 'third-party', false],
    ['tar', '', false],
  ]);
});

it('matches what a package of NodeSource holds beside one of Debian for itself', () => {
  const npm = found('npm', 'tar', '6.1.0', { ownedBy: 'node-tar', alsoOwnedBy: ['nodejs'] });
  const packages = [found('deb', 'node-tar', '6.1.0-1'), found('deb', 'nodejs', '20.11.0-1nodesource1'), npm];

  expect(brief(packages, 'debian:12').at(-1)).toEqual(['tar', '', false]);
});

it('matches npm inside a Node.js that no package owns for itself', () => {
  expect(brief([found('npm', 'tar', '6.1.0', { nestedIn: 'npm' })], 'debian:12')).toEqual([
    ['tar', '', false],
  ]);
});
