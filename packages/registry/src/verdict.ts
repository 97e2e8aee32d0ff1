import type { RegistryVerdict } from '@plimsoll/contracts';
import { listRepositories, type ConfiguredNames } from './listed-repositories.ts';
import { fullNameOf, type Provider, type ProviderContext } from './providers/provider.ts';
import { RegistryError, type RegistryErrorCode } from './registry-error.ts';

/**
 * Tries to enter a registry and to list what is to be listed of it, and says what became of it.
 * Never throws but `cancelled`: to find out that it does not work is what it is for.
 */
export async function checkRegistry(
  provider: Provider,
  context: ProviderContext,
  names: ConfiguredNames,
  signal: AbortSignal,
): Promise<RegistryVerdict> {
  const verdict = await tryRegistry(provider, context, names, signal);
  if (!accountFaults.has(verdict.code)) return verdict;
  const { message } = verdict;
  return { ...verdict, message: `${message} What is needed: ${provider.account} (docs/registries.md).` };
}

/** What another account, or more rights, would help against. */
const accountFaults: ReadonlySet<RegistryVerdict['code']> = new Set([
  'unauthorized',
  'forbidden',
  'cannot-list',
]);

async function tryRegistry(
  provider: Provider,
  context: ProviderContext,
  names: ConfiguredNames,
  signal: AbortSignal,
): Promise<RegistryVerdict> {
  const { origin } = context.client.base;
  const [repository] = names.repositories;
  const isListed = repository === undefined || names.namespaces.length > 0;
  try {
    await ping(provider, context, signal);
    // An account that may only read the repositories that were named need not be let into the product's own API.
    if (isListed) await provider.checkApi?.(context, signal);
  } catch (error) {
    return verdictOf(error);
  }
  const read = async () => {
    const name = fullNameOf(provider, repository ?? '', context.client.base);
    await provider.listTags(context, name, { limit: 1 }, signal);
  };
  const list = async () => {
    const listed = { repositories: [], namespaces: names.namespaces };
    await listRepositories(provider, context, listed, { limit: 1 }, signal);
  };
  const refusal =
    (repository !== undefined && (await refusalOf(read, sentences.closedRepository(origin, repository)))) ||
    (isListed && (await refusalOf(list, sentences.closedList(origin))));
  return refusal || { ok: true, code: 'ok', message: successOf(origin, names) };
}

async function refusalOf(attempt: () => Promise<void>, closed: string): Promise<RegistryVerdict | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError) || !closedListing.has(error.code)) return verdictOf(error);
    return { ok: false, code: 'cannot-list', message: `${closed} (${error.message})` };
  }
}

const sentences = {
  closedList: (origin: string) =>
    `${origin} lets these credentials in, but does not let them list its repositories. Give the account the right to list, or name the repositories to scan in CR_REPOSITORIES.`,
  closedRepository: (origin: string, repository: string) =>
    `${origin} lets these credentials in, but not into ${repository}, which the configuration names. Give the account the right to read it, or correct CR_REPOSITORIES.`,
};

function successOf(origin: string, { repositories, namespaces }: ConfiguredNames): string {
  const entered = `${origin} lets these credentials in`;
  const listed = namespaces.length > 0 ? `the namespaces ${namespaces.join(', ')}` : '';
  if (repositories.length === 0) return `${entered} and lists ${listed || 'its repositories'}.`;
  const used = `the ${repositories.length} repositories that the configuration names are used`;
  return `${entered}. Its own list is not asked: ${used}${listed && `, and ${listed}`}.`;
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
async function ping(
  { landing, type }: Provider,
  { client }: ProviderContext,
  signal: AbortSignal,
): Promise<void> {
  const { headers, body, url } = await client.document(
    { url: client.url('/v2/'), scope: '' },
    client.limits.listPageBytes,
    signal,
  );
  if (landing && url.hostname === landing.host) {
    const message = `${client.base.origin} leads to ${url.hostname}, as ${type} does when ${landing.meaning}`;
    throw new RegistryError('unavailable', message);
  }
  const isPage = /^\s*</.test(body.subarray(0, 64).toString('latin1'));
  const leadsAway = url.origin === client.base.origin ? '' : `, to which ${client.base.origin} leads,`;
  if (isPage && headers['docker-distribution-api-version'] === undefined) {
    throw new RegistryError(
      'not-a-registry',
      `${url.origin}${leadsAway} answered a web page for ${url.pathname}, as no registry does.`,
    );
  }
}
