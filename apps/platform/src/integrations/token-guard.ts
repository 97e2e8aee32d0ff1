import { BlockList, isIP } from 'node:net';
import type { Peer } from '../http/peer.ts';

/** Where a broker token may be used from; null is anywhere. */
export type TokenGuard = {
  /** Addresses and networks, `10.1.2.3` or `10.1.0.0/16`, of either family. */
  readonly allowedAddresses: readonly string[] | null;
  /** SHA-256 of the certificate that the client must show, lower-case hex. */
  readonly certificateSha256: string | null;
};

/** Why a token is not taken from a peer; undefined when it is. */
export function refusalOf(
  { allowedAddresses, certificateSha256 }: TokenGuard,
  peer: Peer,
): string | undefined {
  if (allowedAddresses !== null && !isAllowed(allowedAddresses, peer.address)) {
    return `the address ${peer.address} is not on the token's list`;
  }
  if (certificateSha256 !== null && certificateSha256 !== peer.certificateSha256) {
    return peer.certificateSha256 === undefined
      ? 'the client showed no certificate'
      : 'the client showed another certificate';
  }
  return undefined;
}

/** Whether a text is an address or a network that an allow-list can hold. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

function isAllowed(list: readonly string[], address: string): boolean {
  // An IPv4 address that came in over an IPv6 socket.
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  const family = isIP(plain);
  if (family === 0) return false;
  const allowed = new BlockList();
  for (const entry of list) {
    const [net = '', prefix] = entry.split('/');
    const type = isIP(net) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) allowed.addAddress(net, type);
    else allowed.addSubnet(net, Number(prefix), type);
  }
  return allowed.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}
