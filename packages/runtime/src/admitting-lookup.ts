import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

export type AdmittingLookupOptions = {
  /** Whether a connection to `host` may be made to this address. */
  readonly admits: (host: string, address: string) => boolean;
  /** What the connection fails with when no address of `host` is admitted; `address` is the first one, or empty. */
  readonly refusal: (host: string, address: string) => Error;
  /** Resolves names; the system's resolver unless a test brings its own. */
  readonly resolve?: typeof dnsLookup | undefined;
};

/**
 * A resolver for sockets (`lookup` of `net.connect`) that gives only addresses that are admitted: what is checked is
 * what is connected to, so a name that resolves otherwise the second time gains nothing.
 */
export function admittingLookup(options: AdmittingLookupOptions): LookupFunction {
  const { admits, refusal, resolve = dnsLookup } = options;
  return (host, asked, callback) => {
    resolve(host, { ...asked, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const admitted = addresses.filter(({ address }) => admits(host, address));
      const [first] = admitted;
      if (!first) return callback(refusal(host, addresses[0]?.address ?? ''), []);
      if (asked.all) return callback(null, admitted);
      return callback(null, first.address, first.family);
    });
  };
}
