import type { ECRClient } from '@aws-sdk/client-ecr';
import type { RegistryCredentials } from '@plimsoll/contracts';
import type { Authorizer, Credentials } from '../auth/authorizer.ts';
import { withRetries } from '../http/retry.ts';
import { untilAborted } from '../http/until-aborted.ts';
import type { Entrance } from '../providers/provider.ts';
import { RegistryError } from '../registry-error.ts';
import { SharedFetches } from '../shared-fetches.ts';
import { awsError } from './aws-error.ts';
import { sdkHandler } from './sdk-handler.ts';

/** How long an assumed role lasts, seconds: the shortest default that AWS has; the SDK assumes it again in time. */
const roleSeconds = 3_600;
/** Where the token does not tell when it ends, milliseconds; it lasts twelve hours. */
const defaultTokenMs = 3_600_000;
/** The part of its life after which a token is replaced. */
const freshPart = 0.75;

/** The way into a private registry of AWS: credentials of the usual chain, a role on top of them, and a token for `/v2/`. */
export class EcrEntrance implements Authorizer {
  readonly #entrance: Entrance;
  readonly #region: string;
  readonly #fetches: SharedFetches;
  #client: Promise<ECRClient> | undefined;
  #isKnown = false;
  /** "Your authorization token has expired" comes as 403 (DENIED). */
  readonly isStaleBy403 = true;

  constructor(entrance: Entrance, region: string) {
    this.#entrance = entrance;
    this.#region = region;
    this.#fetches = new SharedFetches(entrance.limits.documentTimeoutMs);
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  headers(_scope: string, signal: AbortSignal): Promise<Credentials> {
    return this.#fetches.get('token', (fetchSignal) => this.#fetchToken(fetchSignal), signal);
  }

  learn(): boolean {
    this.#fetches.forget('token');
    return true;
  }

  /** Asks AWS's own API. The SDK is loaded here, so that nobody else waits for it. @throws {RegistryError} */
  async ask<T>(
    question: (client: ECRClient, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { base, limits, log } = this.#entrance;
    let isFirst = true;
    const attempt = async (): Promise<T> => {
      this.#client ??= openClient(this.#entrance, this.#region);
      const client = await this.#client;
      try {
        // Credentials are fetched without our signal, so waiting has to end by itself.
        return await untilAborted(question(client, signal), signal);
      } catch (error) {
        if (isFirst && error instanceof Error && error.name.startsWith('ExpiredToken')) {
          isFirst = false;
          this.#client = undefined;
          return attempt();
        }
        throw awsError(error, base.origin);
      }
    };
    return withRetries(limits, attempt, log, signal);
  }

  async #fetchToken(signal: AbortSignal) {
    const { GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr');
    const { authorizationData } = await this.ask(
      (client, abortSignal) => client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
      signal,
    );
    const { authorizationToken, expiresAt } = authorizationData?.[0] ?? {};
    if (!authorizationToken || !/^[A-Za-z0-9+/=]+$/.test(authorizationToken)) {
      throw new RegistryError('invalid-answer', `AWS gave no token for ${this.#entrance.base.origin}.`);
    }
    this.#isKnown = true;
    const lifeMs = expiresAt ? expiresAt.getTime() - Date.now() : defaultTokenMs;
    const value: Credentials = { authorization: `Basic ${authorizationToken}` };
    return { value, freshMs: Math.max(0, lifeMs * freshPart) };
  }
}

async function openClient({ transport, limits, configured }: Entrance, region: string): Promise<ECRClient> {
  const [{ ECRClient }, { fromNodeProviderChain, fromTemporaryCredentials }] = await Promise.all([
    import('@aws-sdk/client-ecr'),
    import('@aws-sdk/credential-providers'),
  ]);
  // Tries are made again by us, with the same patience as everywhere.
  const clientConfig = { region, maxAttempts: 1, requestHandler: sdkHandler(transport, limits) };
  const own = staticKeys(configured) ?? fromNodeProviderChain({ clientConfig: { region } });
  const { roleArn, extra } = configured;
  if (!roleArn) return new ECRClient({ ...clientConfig, credentials: own });
  const credentials = fromTemporaryCredentials({
    masterCredentials: own,
    clientConfig,
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'plimsoll-agent',
      DurationSeconds: roleSeconds,
      ...(extra?.externalId && { ExternalId: extra.externalId }),
    },
  });
  return new ECRClient({ ...clientConfig, credentials });
}

/** An access key given as user name and password. */
function staticKeys({ username, password }: RegistryCredentials) {
  return username && password ? { accessKeyId: username, secretAccessKey: password } : undefined;
}
