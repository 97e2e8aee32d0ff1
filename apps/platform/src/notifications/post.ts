import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { admittingLookup, classifyAddress } from '@plimsoll/runtime';
import { Agent, request } from 'undici';
import { NotificationError } from './notification-error.ts';
import { isExcepted, proxyRoute, type ProxySettings } from './proxy-route.ts';

/** Longest a receiver may take, milliseconds: to accept a connection, and for everything. */
const timeouts = { connectMs: 5_000, totalMs: 15_000 } as const;
/** What is read of an answer, bytes: only its status counts, the rest goes into an error message. */
const maxAnswerBytes = 4_096;

/** Sends JSON to an address that somebody of an organization gave. */
export type Post = (
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<void>;

export type PostOptions = {
  /** Networks beside the public one, CIDR, where receivers may be; there they may speak plain HTTP, too. */
  readonly allowedNetworks: readonly string[];
  /** Resolves names; the system's resolver unless a test brings its own. */
  readonly resolve?: typeof dnsLookup | undefined;
  /** The way to public addresses, for HTTPS; allowed networks are reached without it. */
  readonly proxy?: ProxySettings | undefined;
  /** Trusted in place of the system's certificates, PEM; for tests. */
  readonly ca?: string | undefined;
};

/** Makes the function that posts, to public addresses and allowed networks only. Redirects are not followed. */
export function createPost(options: PostOptions): {
  readonly post: Post;
  /** Why nothing is ever sent to this address, as far as its text tells; names are looked up when something is sent. */
  readonly refusalOf: (url: string) => NotificationError | undefined;
} {
  const allowed = listOf(options.allowedNetworks);
  const isAllowed = (address: string) => allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const speaksPlainHttp = options.allowedNetworks.length > 0;
  const refusal = (host: string) =>
    new NotificationError(
      'refused-address',
      `${host} is not on the public network. Allow its network in NOTIFICATION_NETWORKS if that is meant.`,
    );
  const plainRefusal = (host: string) =>
    new NotificationError(
      'refused-address',
      `${host} is asked for without TLS. Use https, or allow its network in NOTIFICATION_NETWORKS.`,
    );
  const agents = {
    'https:': agentWith((address) => classifyAddress(address) === 'public' || isAllowed(address), refusal),
    'http:': agentWith(isAllowed, plainRefusal),
  };

  function agentWith(
    admits: (address: string) => boolean,
    refuse: (host: string) => NotificationError,
  ): Admitting {
    const lookup = admittingLookup({
      admits: (_host, address) => admits(address),
      refusal: refuse,
      resolve: options.resolve,
    });
    // Not kept open: digests are rare.
    const agent = new Agent({
      connect: { lookup, timeout: timeouts.connectMs },
      headersTimeout: timeouts.totalMs,
      bodyTimeout: timeouts.totalMs,
      pipelining: 0,
    });
    return {
      agent,
      lookup: async (host) =>
        isIP(host) !== 0
          ? host
          : await new Promise<string>((resolve, reject) =>
              lookup(host, {}, (error, address) =>
                typeof address === 'string' && !error ? resolve(address) : reject(error),
              ),
            ),
      check: (host) => (isIP(host) === 0 || admits(host) ? undefined : refuse(host)),
    };
  }

  /** How an address is reached: directly, or through the proxy. */
  async function routeTo(url: URL) {
    const { agent, lookup } = agentOf(url);
    const { proxy, ca } = options;
    const direct = { dispatcher: agent, url, headers: {} };
    if (!proxy || url.protocol !== 'https:' || isExcepted(url, proxy.except)) return direct;
    const address = await lookup(url.hostname.replace(/^\[|\]$/g, ''));
    if (isAllowed(address)) return direct;
    return proxyRoute(proxy, url, address, { timeoutMs: timeouts.totalMs, ca });
  }

  const refusalOf = (url: URL) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (url.protocol === 'http:' && !speaksPlainHttp) return plainRefusal(host);
    return agentOf(url).check(host);
  };
  const agentOf = (url: URL) => agents[url.protocol === 'http:' ? 'http:' : 'https:'];

  return {
    refusalOf: (address) => refusalOf(new URL(address)),
    async post(address, body, headers, signal) {
      const url = new URL(address);
      const refused = refusalOf(url);
      if (refused) throw refused;
      try {
        const route = await routeTo(url);
        const answer = await request(route.url, {
          dispatcher: route.dispatcher,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'plimsoll',
            ...route.headers,
            ...headers,
          },
          body,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeouts.totalMs)]),
        });
        const text = await readSome(answer.body);
        if (answer.statusCode >= 200 && answer.statusCode < 300) return;
        throw new NotificationError(
          'refused',
          `${url.host} answered ${answer.statusCode}${text && `: ${text}`}`,
          { isLasting: answer.statusCode === 410 },
        );
      } catch (error) {
        throw notified(error, url.host);
      }
    },
  };
}

type Admitting = {
  readonly agent: Agent;
  /** An address of a host that messages may be sent to. */
  readonly lookup: (host: string) => Promise<string>;
  readonly check: (host: string) => NotificationError | undefined;
};

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** The beginning of an answer as one line of text; the rest is not read. */
async function readSome(body: AsyncIterable<Buffer> & { destroy(): unknown; on: unknown }): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size >= maxAnswerBytes) break;
  }
  const text = Buffer.concat(parts).subarray(0, maxAnswerBytes).toString('utf8');
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function notified(error: unknown, host: string): NotificationError {
  if (error instanceof NotificationError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const why = name === 'TimeoutError' ? 'there was no answer in time' : message;
  return new NotificationError('unreachable', `${host} could not be reached: ${why}`, { cause: error });
}
