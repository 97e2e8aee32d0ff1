import { z } from 'zod';
import { Instant } from '../names.ts';
import { registryTypes, RegistryType } from '../registry-types.ts';
import { WebhookState } from '../tunnel.ts';
import { relationshipTo, requestOf } from './json-api.ts';

const ProfileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\p{L}\p{N} _.-]+$/u, 'may hold letters, digits, space, "-", "_" and "."');

/** A connected registry. Its address and credentials stay with the broker client. */
export const Integration = z.object({
  id: z.uuid(),
  type: z.literal('integration'),
  attributes: z.object({
    integration_type: z.enum(registryTypes),
    profile_name: z.string(),
    has_broker: z.boolean(),
    created_at: Instant,
    updated_at: Instant,
  }),
  relationships: z.object({ organization: relationshipTo('org') }),
  meta: z
    .object({
      /** Broker clients connected now. */
      broker_clients: z.array(
        z.object({
          id: z.string(),
          version: z.string(),
          connected_at: Instant,
          agent_slots: z.number().int().optional(),
        }),
      ),
      broker_last_seen_at: Instant.optional(),
      last_sync_run: z
        .object({ id: z.uuid(), status: z.string(), finished_at: Instant.optional() })
        .optional(),
      next_sync_at: Instant.optional(),
      /** When the registry last told of a push; absent when it never did. */
      last_push_event_at: Instant.optional(),
    })
    .optional(),
});
export type Integration = z.infer<typeof Integration>;

export const IntegrationRequest = requestOf(
  'integration',
  z.object({ integration_type: RegistryType, profile_name: ProfileName.optional() }),
);

export const IntegrationPatch = requestOf('integration', z.object({ profile_name: ProfileName }));

/** What is set of a connected registry; its id is the integration's. */
export const IntegrationSettings = z.object({
  id: z.uuid(),
  type: z.literal('integration_settings'),
  attributes: z.object({
    /** Whether packages of applications are looked for in images that are read from now on, beside the system's. */
    container_app_scan_enabled: z.boolean(),
  }),
});
export type IntegrationSettings = z.infer<typeof IntegrationSettings>;

export const IntegrationSettingsPatch = requestOf(
  'integration_settings',
  z.strictObject({ container_app_scan_enabled: z.boolean().optional() }),
);

/** Where a broker token may be used from; what is absent or null is not asked for. */
const BrokerTokenGuard = z.object({
  /** Addresses and networks of broker clients, `192.0.2.7` or `10.1.0.0/16`, as the platform sees them. */
  allowed_addresses: z.array(z.string().max(64)).min(1).max(64).nullish(),
  /** SHA-256 (hex, 64 digits) of the certificate that the broker client has to show. */
  certificate_sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256 in 64 hexadecimal digits')
    .nullish(),
});

export const BrokerTokenRequest = requestOf('broker_token', BrokerTokenGuard);

/** A broker token, shown once, when it is made. */
export const BrokerToken = z.object({
  id: z.uuid(),
  type: z.literal('broker_token'),
  attributes: BrokerTokenGuard.extend({ token: z.string(), created_at: Instant }),
});
export type BrokerToken = z.infer<typeof BrokerToken>;

/** A broker token that works, without the token itself. */
export const BrokerTokenEntry = z.object({
  id: z.uuid(),
  type: z.literal('broker_token'),
  attributes: BrokerTokenGuard.extend({ created_at: Instant }),
});
export type BrokerTokenEntry = z.infer<typeof BrokerTokenEntry>;

/** Whether each hop from the platform to the registry works, in their order; after a failure the rest is unknown. */
export const ConnectionCheck = z.object({
  id: z.uuid(),
  type: z.literal('connection_check'),
  attributes: z.object({
    ok: z.boolean(),
    hops: z.array(
      z.object({
        hop: z.enum(['broker-client', 'agent', 'registry']),
        status: z.enum(['ok', 'failed', 'unknown']),
        message: z.string(),
      }),
    ),
    /** How the broker client takes push events; absent when it cannot be asked. */
    webhook: WebhookState.optional(),
  }),
});
export type ConnectionCheck = z.infer<typeof ConnectionCheck>;
