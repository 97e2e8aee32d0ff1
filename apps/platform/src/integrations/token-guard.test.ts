import { assert, ipV4, ipV6, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { isAddressOrNetwork, refusalOf } from './token-guard.ts';

const peer = (address: string, certificateSha256?: string) => ({ address, certificateSha256 });
const guard = (allowedAddresses: string[] | null, certificateSha256: string | null = null) => ({
  allowedAddresses,
  certificateSha256,
});

it.each([
  [['10.1.2.3'], '10.1.2.3', true],
  [['10.1.2.3'], '10.1.2.4', false],
  [['10.1.0.0/16'], '10.1.255.1', true],
  [['10.1.0.0/16'], '10.2.0.1', false],
  [['10.1.0.0/16'], '::ffff:10.1.0.9', true],
  [['192.0.2.1', '2001:db8::/32'], '2001:db8::7', true],
  [['2001:db8::/32'], '2001:db9::7', false],
  [[], '10.1.2.3', false],
  [['0.0.0.0/0'], 'not an address', false],
])('allows %j for %s: %s', (list, address, isAllowed) => {
  expect(refusalOf(guard(list), peer(address)) === undefined).toBe(isAllowed);
});

it('takes a token from anywhere that has no list', () => {
  expect(refusalOf(guard(null), peer('203.0.113.9'))).toBeUndefined();
});

it('asks for the certificate that the token is bound to', () => {
  expect(refusalOf(guard(null, 'aa'), peer('10.0.0.1', 'aa'))).toBeUndefined();
  expect(refusalOf(guard(null, 'aa'), peer('10.0.0.1', 'bb'))).toContain('another certificate');
  expect(refusalOf(guard(null, 'aa'), peer('10.0.0.1'))).toContain('no certificate');
});

it('knows addresses and networks from everything else', () => {
  assert(property(ipV4(), (address) => isAddressOrNetwork(address) && isAddressOrNetwork(`${address}/24`)));
  assert(property(ipV6(), (address) => isAddressOrNetwork(address)));
  assert(property(string(), (text) => typeof isAddressOrNetwork(text) === 'boolean'));
  expect(['10.0.0.0/33', '10.0.0', 'a/b', '10.0.0.0/8/8', '', '::/129'].some(isAddressOrNetwork)).toBe(false);
});
