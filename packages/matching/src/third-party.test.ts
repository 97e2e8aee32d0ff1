import { expect, it } from 'vitest';
import { isThirdParty } from './third-party.ts';

it.each([
  ['debian', 'deb', '1.22.1-9+deb12u1', undefined, false],
  ['debian', 'deb', '2.36-9+deb12u4', 'Debian', false],
  ['debian', 'deb', '1.0-1~bpo12+1', undefined, false],
  ['debian', 'deb', '8.2.1-1+0~20230101.1+debian12~1.gbp+sury', undefined, true],
  ['debian', 'deb', '16.1-1.pgdg120+1', undefined, true],
  ['debian', 'deb', '20.11.0-1nodesource1', undefined, true],
  ['debian', 'deb', '5:24.0.7-1~debian.12~bookworm', undefined, true],
  ['debian', 'deb', '1.25.3-1~bookworm', undefined, true],
  ['debian', 'deb', '1.0', 'Microsoft', true],
  ['ubuntu', 'deb', '1.2-1ubuntu3.1', 'Ubuntu', false],
  ['ubuntu', 'deb', '5:24.0.7-1~ubuntu.22.04~jammy', undefined, true],
  ['almalinux', 'rpm', '1.0-1.el9', 'AlmaLinux', false],
  ['almalinux', 'rpm', '1.0-1.el9', 'Fedora Project', true],
  ['almalinux', 'rpm', '1.0-1.el9', undefined, false],
  ['rhel', 'rpm', '1.0-1.el9', 'Red Hat, Inc.', false],
  ['unknown', 'rpm', '1.0-1', 'Somebody', false],
  ['debian', 'npm', '1.0.0-1nodesource1', undefined, false],
])('on %s the %s package %s of %s: %s', (distro, type, version, origin, expected) => {
  expect(isThirdParty(distro, { type, version, origin })).toBe(expected);
});
