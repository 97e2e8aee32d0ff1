import { getCACertificates } from 'node:tls';
import { buildConnector, EnvHttpProxyAgent, errors, request as undiciRequest, type Dispatcher } from 'undici';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';
import { connectionError } from './connection-error.ts';
import { hostOf } from '../registry-base.ts';
import type { EgressRules } from './egress-rules.ts';
import { describeCertificate } from './peer-certificate.ts';
import type { RateBudgets } from './rate-budgets.ts';

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
  readonly tls: {
    /** PEM certificates trusted beside those of Node. */
    readonly ca: readonly string[] | undefined;
    readonly clientCertificate: ClientCertificate | undefined;
    readonly verifyCertificates: boolean;
  };
  /** The registry's own host: the only one that sees the client certificate. */
  readonly ownHost: string;
  readonly budgets: RateBudgets;
  /** Whose requests these are, as an opaque text: hosts count by account. */
  readonly account: string;
};

/** Certificate (chain) and key in PEM. */
export type ClientCertificate = { readonly cert: string; readonly key: string };

/** One request. `credentials` are headers that only the URL's own origin may see. */
export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: Readonly<Record<string, string>>;
  /** What is posted. It may hold a secret, so it is never sent on to where a redirect leads. */
  readonly body?: string;
  /** Whether a redirect to another host is no answer. */
  readonly isOwnOnly?: boolean;
};

/** One answer. Its body must be read or discarded, or the connection is lost. */
export type HttpAnswer = {
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
};

/** A registry sends us to a few hosts; one that makes up new ones for ever is not remembered. */
const maxCertificates = 100;

/** Sends single requests, without redirects and retries, to where the egress rules allow. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  /** For the registry's own host, which may ask who we are. */
  readonly #ownDispatcher: Dispatcher;
  readonly #closed = new AbortController();
  /** What TLS said of the last socket that it ended. */
  #fault: { readonly host: string; readonly error: Error } | undefined;
  /** What was seen of certificates that are not trusted, by origin. */
  readonly #certificates = new Map<string, Promise<string>>();

  constructor(options: TransportOptions) {
    this.#options = options;
    const onFault = (host: string, error: Error) => {
      const isTls = 'code' in error && String(error.code).startsWith('ERR_SSL');
      if (isTls) this.#fault = { host, error };
    };
    this.#dispatcher = createDispatcher(options, undefined, onFault);
    const { clientCertificate } = options.tls;
    this.#ownDispatcher = clientCertificate
      ? createDispatcher(options, clientCertificate, onFault)
      : this.#dispatcher;
  }

  /** @throws {RegistryError} when no answer came: `unavailable`, `timeout`, `tls`, `egress-refused`, `not-a-registry`, `cancelled`. */
  async send(
    { method, url, headers, credentials, body }: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { egress, budgets, account, limits, ownHost } = this.#options;
    egress.checkUrl(url);
    const untilClosed = AbortSignal.any([signal, this.#closed.signal]);
    const budget = budgets.of(url.origin);
    await budget.enter({ account, maxWaitMs: limits.maxWaitMs }, untilClosed);
    let answered: HttpAnswer | undefined;
    try {
      const answer = await undiciRequest(url, {
        method,
        body: body ?? null,
        dispatcher: hostOf(url) === ownHost ? this.#ownDispatcher : this.#dispatcher,
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
      throw await this.#explained(connectionError(this.#causeOf(error, url), url, untilClosed), url);
    } finally {
      budget.leave(account, answered);
    }
  }

  /** In TLS 1.3 a server refuses our certificate only after the handshake; undici then knows of an end, its socket of the reason. */
  #causeOf(error: unknown, { hostname }: URL): unknown {
    const fault = this.#fault;
    if (!(error instanceof errors.SocketError) || fault?.host !== hostname) return error;
    this.#fault = undefined;
    return fault.error;
  }

  /** Adds whose certificate it is that is not trusted. Behind a proxy nobody but the proxy gets to see it. */
  async #explained(error: RegistryError, url: URL): Promise<RegistryError> {
    const { egress, proxy } = this.#options;
    if (error.code !== 'tls' || proxy?.http || proxy?.https) return error;
    if (this.#certificates.size > maxCertificates) this.#certificates.clear();
    const seen = this.#certificates.get(url.origin) ?? describeCertificate(url, egress);
    this.#certificates.set(url.origin, seen);
    return new RegistryError('tls', error.message + (await seen), { cause: error.cause });
  }

  /** Ends every connection; what is under way fails as `cancelled`. */
  async close(): Promise<void> {
    this.#closed.abort(new RegistryError('cancelled', 'The registry was closed.'));
    await Promise.all([this.#dispatcher.destroy(), this.#ownDispatcher.destroy()]);
  }
}

function createDispatcher(
  { egress, limits, proxy, tls: { ca, verifyCertificates } }: TransportOptions,
  clientCertificate: ClientCertificate | undefined,
  onFault: (host: string, error: Error) => void,
): Dispatcher {
  const trust = {
    // Node would also take the word of NODE_TLS_REJECT_UNAUTHORIZED; here only our own setting counts.
    rejectUnauthorized: verifyCertificates,
    // Giving `ca` replaces Node's own list, so that is given along.
    ...(ca?.length ? { ca: [...getCACertificates('default'), ...ca] } : {}),
  };
  const tls = { ...trust, ...clientCertificate };
  const connector = buildConnector({
    ...tls,
    // One connection per blob: HTTP/2 would make one slow reader hold up the others.
    allowH2: false,
    timeout: limits.connectTimeoutMs,
    lookup: egress.lookup,
  });
  const connect: typeof connector = (options, callback) =>
    connector(options, (...[error, socket]) => {
      socket?.once('error', (fault) => onFault(options.hostname, fault));
      if (socket) callback(null, socket);
      else callback(error ?? new Error('no connection'), null);
    });
  return new EnvHttpProxyAgent({
    // Empty texts keep undici from reading the process environment.
    httpProxy: proxy?.http ?? '',
    httpsProxy: proxy?.https ?? '',
    noProxy: proxy?.no ?? '',
    requestTls: tls,
    proxyTls: trust,
    allowH2: false,
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.idleTimeoutMs,
    connect,
  });
}
