import { isIP } from 'node:net';
import type { Secret } from '@plimsoll/runtime';
import { ProxyAgent, type Dispatcher } from 'undici';

export type ProxySettings = {
  /** `http://user:password@host:port`, or `https://`. */
  readonly url: Secret;
  /** Hosts that are reached without it, apart by commas, as in NO_PROXY. */
  readonly except: string;
};

/** How a request goes through the proxy. */
export type ProxyRoute = {
  readonly dispatcher: Dispatcher;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Leads a request for `url` through the proxy to `address`, which was looked up and checked here: were the proxy asked
 * for the name, it could be led elsewhere. The receiver's certificate must still be that of the name.
 */
export function proxyRoute(
  proxy: ProxySettings,
  url: URL,
  address: string,
  options: { readonly timeoutMs: number; readonly ca?: string | undefined },
): ProxyRoute {
  const at = new URL(url);
  at.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return {
    dispatcher: new ProxyAgent({
      uri: proxy.url.reveal(),
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      requestTls: {
        ...(isIP(bare(url)) === 0 && { servername: url.hostname }),
        ...(options.ca !== undefined && { ca: options.ca }),
      },
    }),
    url: at,
    headers: { host: url.host },
  };
}

/** Whether a host is among those that are reached without a proxy: `*`, `example.com` with what is below it, `host:443`. */
export function isExcepted(url: URL, except: string): boolean {
  const host = bare(url).toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return except
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === '*') return true;
      if (isIP(entry) !== 0) return entry === host;
      const domain = name.replace(/^\*?\./, '');
      return (
        (onlyPort === undefined || onlyPort === port) && (host === domain || host.endsWith(`.${domain}`))
      );
    });
}

/** The host of an address, an IPv6 one without its brackets. */
function bare(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
