import { z } from 'zod';
import { Instant } from '../names.ts';
import { requestOf } from './json-api.ts';

export const Org = z.object({
  id: z.uuid(),
  type: z.literal('org'),
  attributes: z.object({
    name: z.string(),
    slug: z.string(),
    is_personal: z.boolean(),
    /** Whether unmodified clients of the deployed broker may connect, where the platform lets any in. */
    deployed_clients: z.boolean(),
    created_at: Instant,
    updated_at: Instant,
  }),
});
export type Org = z.infer<typeof Org>;

export const OrgPatch = requestOf(
  'org',
  z.object({ name: z.string().min(1).max(60), deployed_clients: z.boolean() }).partial(),
);

/** Who is asking: a person with a session, or a service account with a token. */
export const Self = z.object({
  id: z.uuid(),
  type: z.enum(['user', 'service_account']),
  attributes: z.object({
    name: z.string(),
    email: z.string().optional(),
    default_org_context: z.uuid().optional(),
    permissions: z.array(z.string()),
  }),
});
export type Self = z.infer<typeof Self>;

/** POST /rest/sessions: signs a person in; the session travels in a cookie. */
export const SessionRequest = requestOf(
  'session',
  z.object({ email: z.string().min(1).max(254), password: z.string().min(1).max(1_024) }),
);

export const roles = ['admin', 'collaborator', 'viewer', 'sync'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

export const ServiceAccount = z.object({
  id: z.uuid(),
  type: z.literal('service_account'),
  attributes: z.object({
    name: z.string(),
    auth_type: z.enum(['api_key', 'access_token']),
    role_id: Role,
    created_at: Instant,
    access_token_expires_at: Instant.optional(),
    last_used_at: Instant.optional(),
    /** Only in the answer that creates it, never again. */
    api_key: z.string().optional(),
  }),
});
export type ServiceAccount = z.infer<typeof ServiceAccount>;

export const ServiceAccountRequest = requestOf(
  'service_account',
  z.object({
    name: z.string().min(1).max(255),
    auth_type: z.enum(['api_key', 'access_token']).default('api_key'),
    role_id: Role.default('viewer'),
    access_token_expires_at: Instant.optional(),
  }),
);

export const ServiceAccountPatch = requestOf(
  'service_account',
  z.object({ name: z.string().min(1).max(255) }),
);

/** How long a personal token works, days: unless told, and at most. */
export const personalTokenDays = { default: 90, max: 366 } as const;

/** A token with which a person's scripts come in as that person. */
export const PersonalToken = z.object({
  id: z.uuid(),
  type: z.literal('personal_access_token'),
  attributes: z.object({
    name: z.string(),
    created_at: Instant,
    expires_at: Instant,
    last_used_at: Instant.optional(),
    /** Only in the answer that creates it, never again. */
    token: z.string().optional(),
  }),
});
export type PersonalToken = z.infer<typeof PersonalToken>;

export const PersonalTokenRequest = requestOf(
  'personal_access_token',
  z.object({ name: z.string().min(1).max(255), expires_at: Instant.optional() }),
);
