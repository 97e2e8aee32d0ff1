import type { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { admittingLookup, classifyAddress, type AddressClass } from '@plimsoll/runtime';
import { RegistryError } from '../registry-error.ts';
import { hostOf, type RegistryBase } from '../registry-base.ts';

export type EgressOptions = {
  /** Lets redirects and token realms lead into private networks although the registry is a public one. */
  readonly allowPrivate?: boolean | undefined;
  /** Hosts beside the registry's own that a token realm may be at, and that may lie in any private network. */
  readonly trustedHosts?: readonly string[] | undefined;
  /** Resolves names; the system's resolver unless a test brings its own. */
  readonly resolve?: typeof dnsLookup | undefined;
};

/**
 * Where requests may go. The registry's own address may be anywhere but in a forbidden range; what a registry sends us
 * to (redirects, token realms) may be public, or in the kind of network that the registry itself lives in.
 */
export class EgressRules {
  readonly #base: RegistryBase;
  readonly #allowPrivate: boolean;
  readonly #trustedHosts: ReadonlySet<string>;
  /** The kind of network the registry was first seen in: its DNS name must not move into another later. */
  #home: AddressClass | undefined;

  constructor(base: RegistryBase, options: EgressOptions = {}) {
    this.#base = base;
    this.#allowPrivate = options.allowPrivate ?? false;
    this.#trustedHosts = new Set(options.trustedHosts?.map((host) => host.toLowerCase()));
    this.lookup = admittingLookup({
      admits: (host, address) => this.#admits(host, classifyAddress(address)),
      refusal: (host, address) => this.#refusal(host, classifyAddress(address)),
      resolve: options.resolve,
    });
  }

  /** Whether a token realm may be at this host because the configuration says so. */
  trusts(host: string): boolean {
    return this.#trustedHosts.has(host);
  }

  /**
   * Checks what a URL alone shows: its scheme, and its host when that is an address. Names are checked when they are resolved.
   * @throws {RegistryError} `egress-refused`
   */
  checkUrl(url: URL): void {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#base.plainHttp)) {
      throw new RegistryError(
        'egress-refused',
        `The registry at ${this.#base.origin} sends us to ${url.protocol}//${url.host}, which is not HTTPS. Allow plain HTTP for this registry if that is meant.`,
      );
    }
    const host = hostOf(url);
    if (isIP(host)) this.checkAddress(host, host);
    // Behind a proxy nobody here resolves names; these two kinds are known without.
    else if (/(?:^|\.)localhost$/.test(host)) this.checkAddress(host, '127.0.0.1');
    else if (metadataNames.has(host)) this.checkAddress(host, '169.254.169.254');
  }

  /**
   * Checks the address that a connection to `host` is about to be made to.
   * @throws {RegistryError} `egress-refused`
   */
  checkAddress(host: string, address: string): void {
    const found = classifyAddress(address);
    if (!this.#admits(host, found)) throw this.#refusal(host, found);
  }

  /** A resolver for sockets: gives only addresses that pass, and fails with `egress-refused` when none does. */
  readonly lookup: LookupFunction;

  #refusal(host: string, found: AddressClass): RegistryError {
    const where = {
      public: 'on the public network',
      private: 'in a private network',
      loopback: "on the agent's own machine",
      forbidden: 'in a link-local, metadata or reserved range',
    };
    return new RegistryError(
      'egress-refused',
      `Refused to connect to ${host}: it is ${where[found]}, and the registry at ${this.#base.origin} may not send us there.`,
    );
  }

  #admits(host: string, found: AddressClass): boolean {
    if (found === 'forbidden') return false;
    if (host.toLowerCase().replace(/\.$/, '') === this.#base.host) {
      this.#home ??= found;
      return found === this.#home;
    }
    if (found === 'public' || found === this.#home) return true;
    return (found === 'private' && this.#allowPrivate) || this.#trustedHosts.has(host.toLowerCase());
  }
}

const metadataNames = new Set(['metadata', 'metadata.google.internal', 'instance-data.ec2.internal']);
