import { RegistryError, type RegistryErrorCode } from '../registry-error.ts';

/**
 * Turns what a socket, TLS, DNS or HTTP parser threw into our error.
 * The original is kept as cause, except where it quotes what the other side sent.
 */
export function connectionError(error: unknown, url: URL, signal: AbortSignal): RegistryError {
  const known = findRegistryError(error);
  if (known) return known;
  if (signal.aborted) return abortedError(signal, url);
  const code = codeOf(error);
  const kind = kindOf(code, error);
  const cause = isParserError(error) ? undefined : error;
  return new RegistryError(kind, sentences[kind](url.origin, code), { cause });
}

/** The error of a read that its own signal ended: `timeout` when time was over, `cancelled` when the caller gave up. */
export function abortedError(signal: AbortSignal, url: URL): RegistryError {
  if (signal.reason instanceof RegistryError) return signal.reason;
  const isTimeout = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  return isTimeout
    ? new RegistryError('timeout', sentences.timeout(url.origin, ''), { cause: signal.reason })
    : new RegistryError('cancelled', `Stopped reading from ${url.origin} because nobody needs it any more.`, {
        cause: signal.reason,
      });
}

/** What to do about a registry that asks who we are by certificate. */
export const clientCertificateRemedy =
  'Give it to the agent in REGISTRY_CLIENT_CERT and REGISTRY_CLIENT_KEY.';

type ConnectionErrorCode = Extract<RegistryErrorCode, 'timeout' | 'tls' | 'not-a-registry' | 'unavailable'>;

const sentences: Readonly<Record<ConnectionErrorCode, (origin: string, code: string) => string>> = {
  timeout: (origin) => `${origin} did not answer in time.`,
  tls: (origin, code) =>
    /WRONG_VERSION|PACKET_LENGTH|EPROTO/.test(code)
      ? `${origin} does not speak TLS (${code}). If it is a plain HTTP registry, write its base as http://..`
      : /ALERT_(?:CERTIFICATE|BAD_CERT|UNKNOWN_CA|HANDSHAKE|UNSUPPORTED_CERT)/.test(code)
        ? `${origin} wants a client certificate that it knows (${code}). ${clientCertificateRemedy}`
        : `The TLS certificate of ${origin} is not trusted (${code}). Add the certificate authority that signed it, or correct the host name.`,
  'not-a-registry': (origin) => `${origin} does not speak HTTP.`,
  unavailable: (origin, code) => `Could not reach ${origin}${code ? ` (${code})` : ''}.`,
};

function kindOf(code: string, error: unknown): ConnectionErrorCode {
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return 'timeout';
  if (
    /^(?:ERR_TLS|ERR_SSL|CERT_|EPROTO|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|ERR_OSSL|CRL_)/.test(code)
  ) {
    return 'tls';
  }
  if (isParserError(error)) return 'not-a-registry';
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unavailable';
}

function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError';
}

/** Connecting to several addresses fails with an AggregateError, whose own code is that of the first. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? '' : codeOf(error.cause);
}

function findRegistryError(error: unknown): RegistryError | undefined {
  if (error instanceof RegistryError) return error;
  return error instanceof Error && error.cause !== undefined ? findRegistryError(error.cause) : undefined;
}
