import type { EgressRules } from '../http/egress-rules.ts';
import type { RegistryBase } from '../registry-base.ts';
import { basicHeader, type Authorizer, type BasicCredentials } from './authorizer.ts';
import type { Challenge } from './challenge.ts';
import { checkTokenRealm } from './token-realm.ts';
import type { TokenRequest, TokenSource } from './token-source.ts';

/** How many scopes are remembered: one for each repository read in a session, the oldest forgotten first. */
const maxScopes = 1_000;

/** Does what the registry's challenges ask for (distribution-spec, token authentication): Basic, or Bearer with a token per scope. */
export class ChallengeAuthorizer implements Authorizer {
  readonly #base: RegistryBase;
  readonly #egress: EgressRules;
  readonly #credentials: BasicCredentials | undefined;
  readonly #tokens: TokenSource;
  /** What the registry asked for, by the scope that we asked with. */
  readonly #requests = new Map<string, TokenRequest>();
  /** Realm and service for scopes not met yet, so that only the first request is refused. */
  #template: Omit<TokenRequest, 'scope'> | undefined;
  #usesBasic = false;

  constructor(deps: {
    base: RegistryBase;
    egress: EgressRules;
    credentials: BasicCredentials | undefined;
    tokens: TokenSource;
  }) {
    this.#base = deps.base;
    this.#egress = deps.egress;
    this.#credentials = deps.credentials;
    this.#tokens = deps.tokens;
  }

  get isKnown(): boolean {
    return this.#tokens.credentialsAccepted;
  }

  get realm(): URL | undefined {
    return this.#template?.realm ?? [...this.#requests.values()].at(-1)?.realm;
  }

  async headers(scope: string, signal: AbortSignal): Promise<Record<string, string>> {
    if (this.#usesBasic && this.#credentials) return { authorization: basicHeader(this.#credentials) };
    const request = this.#requests.get(scope) ?? (this.#template && { ...this.#template, scope });
    if (!request) return {};
    return { authorization: `Bearer ${await this.#tokens.token(request, signal)}` };
  }

  learn(challenges: readonly Challenge[], scope: string, sent: Readonly<Record<string, string>>): boolean {
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm']);
    if (bearer) return this.#learnBearer(bearer, scope);
    this.#usesBasic = challenges.some(({ scheme }) => scheme === 'basic') && this.#credentials !== undefined;
    return this.#usesBasic && !sent['authorization']?.startsWith('Basic ');
  }

  #learnBearer({ parameters }: Challenge, scope: string): boolean {
    const realm = checkTokenRealm(parameters['realm'] ?? '', this.#base, this.#egress);
    const service = parameters['service'] ?? '';
    const request = { realm, service, scope: leastActions(parameters['scope'] ?? '') };
    this.#usesBasic = false;
    // Some products scope by names of their own; guessing those would cost a refusal each time.
    if (request.scope === scope || request.scope === '') this.#template = { realm, service };
    this.#requests.delete(scope);
    this.#requests.set(scope, request);
    if (this.#requests.size > maxScopes) this.#requests.delete(this.#requests.keys().next().value ?? '');
    this.#tokens.forget(request);
    return true;
  }
}

/** We only read: `repository:a/b:pull,push` becomes `repository:a/b:pull`. */
function leastActions(scope: string): string {
  return scope.replace(/^(repository:.+):(?:[a-z*]+,)*pull(?:,[a-z*]+)*$/, '$1:pull');
}
