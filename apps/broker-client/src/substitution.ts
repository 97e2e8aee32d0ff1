import {
  callbackRoutes,
  requestHeaders,
  substituteBodyKey,
  type substitutableVariables,
} from '@plimsoll/contracts';
import type { Secret } from '@plimsoll/runtime';
import { BrokerClientError } from './broker-client-error.ts';

type Variable = (typeof substitutableVariables)[number];

/** The one variable that each place may name. The credentials go into a header to the agent and nowhere else. */
const places = {
  authorization: 'CR_CREDENTIALS',
  callbackUrl: 'BROKER_CLIENT_URL',
  doneUrl: 'BROKER_CLIENT_URL',
} as const satisfies Readonly<Record<string, Variable>>;

/** Where an agent may deliver, as the platform writes it: to this client, which passes it on to the platform. */
const deliveryAddresses = {
  callbackUrl: new Set(callbackRoutes.result.paths.map((path) => `\${${places.callbackUrl}}${path}`)),
  doneUrl: new Set(callbackRoutes.done.paths.map((path) => `\${${places.doneUrl}}${path}`)),
} as const;

/**
 * The `authorization` header for the agent, from the headers of the platform's request; undefined for none.
 * @throws {BrokerClientError} `blocked`, when a header other than `authorization` is to be filled in, with anything
 * but the credentials, on a route that takes none, or when the platform brings an `authorization` of its own.
 */
export function authorizationFor(
  route: { readonly credentials: boolean },
  headers: Readonly<Record<string, string | string[] | undefined>>,
  credentials: Secret,
): string | undefined {
  const named = String(headers[requestHeaders.substituteHeaders] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const { authorization } = headers;
  if (named.length === 0 && authorization === undefined) return undefined;
  if (named.some((name) => name !== 'authorization')) {
    throw blocked(`${requestHeaders.substituteHeaders} may name the header authorization only`);
  }
  if (named.length === 0 || authorization !== `\${${places.authorization}}`) {
    throw blocked(`authorization may only be \${${places.authorization}}, filled in here`);
  }
  if (!route.credentials) throw blocked('this route takes no credentials');
  return credentials.reveal();
}

/**
 * Fills in a scan request's delivery addresses and removes the key that asks for it.
 * @throws {BrokerClientError} `blocked`, when anything else is to be filled in, or when the agent is to deliver
 * anywhere but to this client.
 */
export function fillInAddresses(body: unknown, brokerClientUrl: string): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw blocked('the body is no JSON object');
  const { [substituteBodyKey]: named, ...filled } = body as Record<string, unknown>;
  const names = new Set(Array.isArray(named) ? (named as unknown[]) : []);
  if (named !== undefined && !Array.isArray(named)) throw blocked(`${substituteBodyKey} is no list`);
  for (const [place, addresses] of Object.entries(deliveryAddresses)) {
    const address = filled[place];
    if (!names.delete(place) || typeof address !== 'string' || !addresses.has(address)) {
      throw blocked(`${place} may only be one of ${[...addresses].join(', ')}, filled in here`);
    }
    filled[place] = address.replace(`\${${places.callbackUrl}}`, () => brokerClientUrl);
  }
  if (names.size > 0) throw blocked(`${substituteBodyKey} may name callbackUrl and doneUrl only`);
  return filled;
}

function blocked(why: string): BrokerClientError {
  return new BrokerClientError('blocked', why);
}
