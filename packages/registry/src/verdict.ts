import type { RegistryVerdict } from '@plimsoll/contracts';
import type { Provider, ProviderContext } from './providers/provider.ts';
import { RegistryError, type RegistryErrorCode } from './registry-error.ts';

/**
 * Tries to enter a registry and to list it, and says what became of it.
 * Never throws but `cancelled`: to find out that it does not work is what it is for.
 */
export async function checkRegistry(
  provider: Provider,
  context: ProviderContext,
  signal: AbortSignal,
): Promise<RegistryVerdict> {
  const { origin } = context.client.base;
  try {
    await ping(context, signal);
    await provider.checkApi?.(context, signal);
  } catch (error) {
    return verdictOf(error);
  }
  try {
    await provider.listRepositories(context, { limit: 1 }, signal);
  } catch (error) {
    if (!(error instanceof RegistryError) || !closedListing.has(error.code)) return verdictOf(error);
    const message = `${origin} lets these credentials in, but does not let them list its repositories. Give the account the right to list, or name the repositories to scan. (${error.message})`;
    return { ok: false, code: 'cannot-list', message };
  }
  return { ok: true, code: 'ok', message: `${origin} lets these credentials in and lists its repositories.` };
}

/** The verdict that an error comes to. @throws what is no RegistryError, and `cancelled`. */
export function verdictOf(error: unknown): RegistryVerdict {
  if (!(error instanceof RegistryError) || error.code === 'cancelled') throw error;
  const { code, remedy } = verdicts[error.code];
  return { ok: false, code, message: remedy ? `${error.message} ${remedy}` : error.message };
}

const closedListing: ReadonlySet<RegistryErrorCode> = new Set([
  'unauthorized',
  'forbidden',
  'not-found',
  'unsupported',
]);

const wrongBase =
  'Check the registry base: it names scheme, host, port and, where the product wants one, the path before /v2/.';

const verdicts: Readonly<
  Record<Exclude<RegistryErrorCode, 'cancelled'>, { code: RegistryVerdict['code']; remedy?: string }>
> = {
  unauthorized: { code: 'unauthorized', remedy: 'Check user name and password, or make a new token.' },
  forbidden: { code: 'forbidden', remedy: 'Give the account the right to read and list.' },
  'rate-limited': { code: 'rate-limited', remedy: 'Try again later.' },
  unavailable: {
    code: 'unreachable',
    remedy: 'Check that the agent can reach this address: name, port, firewall, proxy.',
  },
  timeout: { code: 'timeout', remedy: 'Check that the agent can reach this address: firewall, proxy.' },
  tls: { code: 'tls' },
  'not-a-registry': { code: 'not-a-registry', remedy: wrongBase },
  'not-found': { code: 'not-a-registry', remedy: wrongBase },
  'invalid-answer': { code: 'not-a-registry', remedy: wrongBase },
  unsupported: { code: 'unsupported' },
  'egress-refused': { code: 'error' },
  'too-large': { code: 'error' },
  'digest-mismatch': { code: 'error' },
};

/** `GET /v2/` answers 200 at every registry once one is let in (distribution-spec, endpoint end-1). */
async function ping({ client }: ProviderContext, signal: AbortSignal): Promise<void> {
  const { headers, body, url } = await client.document(
    { url: client.url('/v2/'), scope: '' },
    client.limits.listPageBytes,
    signal,
  );
  const isPage = /^\s*</.test(body.subarray(0, 64).toString('latin1'));
  if (isPage && headers['docker-distribution-api-version'] === undefined) {
    throw new RegistryError(
      'not-a-registry',
      `${url.origin} answered a web page for ${url.pathname}, as no registry does.`,
    );
  }
}
