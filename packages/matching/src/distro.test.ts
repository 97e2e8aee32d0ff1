import { expect, it } from 'vitest';
import { distroOf } from './distro.ts';

it.each([
  ['Debian 12', { id: 'debian', versionId: '12', codename: 'bookworm' }, 'debian:12'],
  ['Alpine with its patch release', { id: 'alpine', versionId: '3.20.3' }, 'alpine:3.20.3'],
  ['a distribution that only rolls', { id: 'wolfi', versionId: '20230201' }, 'wolfi:20230201'],
  [
    'Debian testing whose codename became a release',
    { id: 'debian', prettyName: 'Debian GNU/Linux trixie/sid', codename: 'trixie' },
    'debian:13',
  ],
  ['Debian unstable, release unknown', { id: 'debian', prettyName: 'Debian GNU/Linux duke/sid' }, 'debian'],
  [
    'openEuler with its service pack',
    { id: 'openEuler', versionId: '22.03', prettyName: 'openEuler 22.03 (LTS-SP3)' },
    'openeuler:22.03-LTS-SP3',
  ],
  ['a codename like a member of every object', { id: 'debian', codename: 'constructor' }, 'debian'],
  ['no operating system', null, ''],
])('names %s', (_, os, expected) => {
  expect(distroOf(os)).toBe(expected);
});
