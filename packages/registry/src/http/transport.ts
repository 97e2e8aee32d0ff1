import { getCACertificates } from 'node:tls';
import { buildConnector, EnvHttpProxyAgent, request as undiciRequest, type Dispatcher } from 'undici';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';
import { connectionError } from './connection-error.ts';
import type { EgressRules } from './egress-rules.ts';
import { RateBudget } from './rate-budget.ts';

/** Addresses of proxies, as in the variables of these names. An HTTPS request uses the HTTP proxy when only that is given. */
export type ProxyOptions = {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly no?: string | undefined;
};

export type TransportOptions = {
  readonly egress: EgressRules;
  readonly limits: RegistryLimits;
  readonly userAgent: string;
  readonly proxy?: ProxyOptions | undefined;
  /** PEM certificates trusted beside those of Node. */
  readonly ca?: readonly string[] | undefined;
};

/** One request. `credentials` are headers that only the URL's own origin may see. */
export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: Readonly<Record<string, string>>;
  /** What is posted. It may hold a secret, so it is never sent on to where a redirect leads. */
  readonly body?: string;
};

/** One answer. Its body must be read or discarded, or the connection is lost. */
export type HttpAnswer = {
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
};

/** Hosts whose rate is remembered. */
const maxBudgets = 100;

/** Sends single requests, without redirects and retries, to where the egress rules allow. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  readonly #closed = new AbortController();
  readonly #budgets = new Map<string, RateBudget>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#dispatcher = createDispatcher(options);
  }

  /** @throws {RegistryError} when no answer came: `unavailable`, `timeout`, `tls`, `egress-refused`, `not-a-registry`, `cancelled`. */
  async send(
    { method, url, headers, credentials, body }: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    this.#options.egress.checkUrl(url);
    const untilClosed = AbortSignal.any([signal, this.#closed.signal]);
    const budget = this.#budgetOf(url.origin);
    await budget.enter(untilClosed);
    let answered: HttpAnswer | undefined;
    try {
      const answer = await undiciRequest(url, {
        method,
        body: body ?? null,
        dispatcher: this.#dispatcher,
        signal: untilClosed,
        headers: {
          'user-agent': this.#options.userAgent,
          // Digests are of the stored bytes, so nobody on the way may compress them.
          'accept-encoding': 'identity',
          ...headers,
          ...credentials,
        },
      });
      answered = { status: answer.statusCode, url, headers: answer.headers, body: answer.body };
      return answered;
    } catch (error) {
      throw connectionError(error, url, untilClosed);
    } finally {
      budget.leave(answered);
    }
  }

  #budgetOf(origin: string): RateBudget {
    const known = this.#budgets.get(origin);
    if (known) return known;
    // A registry sends us to a few hosts; one that makes up new ones for ever is not remembered.
    if (this.#budgets.size >= maxBudgets) this.#budgets.clear();
    const budget = new RateBudget(origin, this.#options.limits.maxWaitMs);
    this.#budgets.set(origin, budget);
    return budget;
  }

  /** Ends every connection; what is under way fails as `cancelled`. */
  async close(): Promise<void> {
    this.#closed.abort(new RegistryError('cancelled', 'The registry was closed.'));
    await this.#dispatcher.destroy();
  }
}

function createDispatcher({ egress, limits, proxy, ca }: TransportOptions): Dispatcher {
  // Giving `ca` replaces Node's own list, so that is given along.
  const tls = ca?.length ? { ca: [...getCACertificates('default'), ...ca] } : {};
  const connect = buildConnector({
    ...tls,
    // One connection per blob: HTTP/2 would make one slow reader hold up the others.
    allowH2: false,
    timeout: limits.connectTimeoutMs,
    lookup: egress.lookup,
  });
  return new EnvHttpProxyAgent({
    // Empty texts keep undici from reading the process environment.
    httpProxy: proxy?.http ?? '',
    httpsProxy: proxy?.https ?? '',
    noProxy: proxy?.no ?? '',
    requestTls: tls,
    proxyTls: tls,
    allowH2: false,
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.idleTimeoutMs,
    connect,
  });
}
