import { expect, it } from 'vitest';
import { osRelease } from './os-release.ts';

function read(text: string) {
  return osRelease.read({
    path: 'etc/os-release',
    bytes: Buffer.from(text),
    proves: () => false,
    warn: () => {},
  }).os;
}

it('reads quoted and unquoted values', () => {
  const os = read(
    'PRETTY_NAME="Alpine \\"Linux\\" v3.20"\n# a comment\nID=alpine\nVERSION_ID=\'3.20.3\'\nID_LIKE="a b"\nVERSION_CODENAME=\n',
  );

  expect(os).toEqual({
    id: 'alpine',
    versionId: '3.20.3',
    prettyName: 'Alpine "Linux" v3.20',
    idLike: 'a b',
  });
});

it('calls a system without an id linux, as the specification says', () => {
  expect(read('')).toEqual({ id: 'linux' });
});
