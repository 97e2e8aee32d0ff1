import { z } from 'zod';

/** The WebSocket subprotocol of the tunnel; the number is its version. */
export const tunnelSubprotocol = 'plimsoll-tunnel.1';

/** Where a broker server accepts tunnels. The broker token travels in the `authorization` header of the upgrade. */
export const tunnelPath = '/broker/tunnel';

/** Headers by which a broker client and a broker server introduce themselves to each other. */
export const tunnelHeaders = {
  clientId: 'x-plimsoll-client-id',
  clientVersion: 'x-plimsoll-client-version',
  /** The replicas, apart by commas, that the client holds a tunnel to already: they answer 421. */
  avoid: 'x-plimsoll-avoid',
  /** On every answer of a broker server to a dial: which replica it is. */
  replica: 'x-plimsoll-replica',
  /** On such an answer, and on each request for the client's status: how many replicas take tunnels. */
  replicas: 'x-plimsoll-replicas',
} as const;

/** Where the platform asks a broker client how it is, through the tunnel; never passed on to an agent. */
export const clientStatusPath = '/.plimsoll/status';

/** How a broker client takes push events, in words for people, without any secret. */
export const WebhookState = z.object({
  isOn: z.boolean(),
  found: z.string().max(1_000),
  /** What to do for more or better push events. */
  remedy: z.string().max(1_000).optional(),
});
export type WebhookState = z.infer<typeof WebhookState>;

/** What a broker client tells of itself; the platform schedules scans by `agent.slots`. */
export const ClientStatus = z.object({
  clientId: z.string().max(128),
  version: z.string().max(64),
  /** Null while the agent cannot be reached. */
  agent: z
    .object({
      version: z.string().max(64),
      slots: z.object({ total: z.number().int().nonnegative(), free: z.number().int().nonnegative() }),
    })
    .nullable(),
  /** Absent from older clients. */
  webhook: WebhookState.optional(),
});
export type ClientStatus = z.infer<typeof ClientStatus>;

/** Headers of requests through the tunnel. */
export const requestHeaders = {
  /** Same id on every hop; the platform makes it unless the caller sent one. */
  requestId: 'snyk-request-id',
  /** Comma-separated names of headers whose `${NAME}` the broker client fills in. */
  substituteHeaders: 'x-broker-var-sub',
  /** On every answer that the broker made up itself, with one of `BrokerFailure`. */
  brokerFailure: 'x-broker-failure',
  /** On such an answer: `1` when no agent has seen the request, so that another client may be asked. */
  brokerUnseen: 'x-broker-unseen',
} as const;

/** The key of a JSON body whose value lists the body's paths to fill in; removed before the request goes on. */
export const substituteBodyKey = 'BROKER_VAR_SUB';

/** Why the broker answered itself instead of the agent. */
export const BrokerFailure = z.enum([
  'no-connection',
  'blocked',
  'timeout',
  'unreachable',
  'too-large',
  'client-disconnected',
]);
export type BrokerFailure = z.infer<typeof BrokerFailure>;

/** The variables of the broker client that a request may name, and nothing else of its environment. */
export const substitutableVariables = [
  'CR_CREDENTIALS',
  'BROKER_CLIENT_URL',
  'CR_AGENT_URL',
  'CR_BASE',
  'CR_TYPE',
] as const;

/** Largest bodies of each direction, bytes. An inventory of 200,000 packages is about 60 MB of JSON. */
export const bodyLimits = {
  agentRequest: 1024 * 1024,
  agentResponse: 16 * 1024 * 1024,
  callback: 128 * 1024 * 1024,
} as const;

/** Largest body, either way, of a request that is not the contract's, unless told; it streams. Bytes. */
export const rawBodyLimit = 2 * 1024 * 1024 * 1024;
