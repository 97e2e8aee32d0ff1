import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * What kind of place an IP address is. `forbidden` addresses are never a registry's: link-local, cloud metadata,
 * unspecified, multicast, reserved.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'forbidden';

/** Tells the class of an IP address, IPv4 inside IPv6 (mapped, NAT64, 6to4) included. A text that is no address is forbidden. */
export function classifyAddress(address: string): AddressClass {
  const text = address.replace(/%.*$/, '');
  if (isIP(text) === 0) return 'forbidden';
  const family = isIPv4(text) ? 'ipv4' : 'ipv6';
  const found = classes.find(({ list }) => list.check(text, family));
  return found?.name ?? 'public';
}

// In this order: the metadata addresses of some clouds lie inside private ranges.
const classes = (
  [
    [
      'forbidden',
      [
        '169.254.0.0/16', // link-local, and the metadata service of most clouds
        '100.100.100.200/32', // metadata, Alibaba Cloud
        '192.0.0.0/24', // protocol assignments, and metadata at Oracle Cloud
        '168.63.129.16/32', // host agent, Azure
        '0.0.0.0/8',
        '224.0.0.0/4',
        '240.0.0.0/4',
      ],
      ['fe80::/10', 'fd00:ec2::/32', 'fd20:ce::/32', '::/128', 'ff00::/8'],
    ],
    ['loopback', ['127.0.0.0/8'], ['::1/128']],
    [
      'private',
      ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15'],
      ['fc00::/7', 'fec0::/10'],
    ],
  ] as const
).map(([name, ipv4, ipv6]) => ({ name, list: listOf([...ipv4, ...ipv4.flatMap(translated), ...ipv6]) }));

/** The addresses of IPv6 that translators turn into those of an IPv4 network (RFC 6052, RFC 3056). */
function translated(network: string): string[] {
  const [address = '', bits = ''] = network.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const high = ((a << 8) | b).toString(16);
  const low = ((c << 8) | d).toString(16);
  return [`64:ff9b::${high}:${low}/${Number(bits) + 96}`, `2002:${high}:${low}::/${Number(bits) + 16}`];
}

/** Makes a list of networks in CIDR notation that addresses can be checked against. */
function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
