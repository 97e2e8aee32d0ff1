import { z } from 'zod';
import { Instant } from '../names.ts';
import { relationshipTo, requestOf } from './json-api.ts';
import { Role } from './organizations.ts';

const RoleReference = z.object({ data: z.object({ id: Role, type: z.literal('org_role') }) });

/** A person in an organization; the id is the person's. */
export const Membership = z.object({
  id: z.uuid(),
  type: z.literal('org_membership'),
  attributes: z.object({ created_at: Instant }),
  relationships: z.object({
    org: relationshipTo('org'),
    user: z.object({
      data: z.object({
        id: z.uuid(),
        type: z.literal('user'),
        attributes: z.object({ name: z.string(), email: z.string() }),
      }),
    }),
    role: RoleReference,
  }),
});
export type Membership = z.infer<typeof Membership>;

/** POST /rest/orgs/{o}/memberships: somebody who has an account already, by its id or its address. */
export const MembershipRequest = z.object({
  data: z.object({
    type: z.literal('org_membership'),
    attributes: z.object({ email: z.email().max(254).optional() }).optional(),
    relationships: z.object({
      user: z.object({ data: z.object({ id: z.uuid(), type: z.literal('user') }) }).optional(),
      role: RoleReference,
    }),
  }),
});

export const MembershipPatch = z.object({
  data: z.object({
    id: z.string().optional(),
    type: z.literal('org_membership'),
    relationships: z.object({ role: RoleReference }),
  }),
});

/** Somebody who is asked to join. */
export const Invite = z.object({
  id: z.uuid(),
  type: z.literal('org_invitation'),
  attributes: z.object({
    email: z.string(),
    role: Role,
    is_active: z.boolean(),
    created_at: Instant,
    expires_at: Instant,
    /** Where the person joins; only in the answer that makes the invite, never again. */
    url: z.string().optional(),
  }),
});
export type Invite = z.infer<typeof Invite>;

export const InviteRequest = requestOf(
  'org_invitation',
  z.object({ email: z.email().max(254), role: Role.default('viewer') }),
);

/** Shortest password of a new account, characters. */
export const minPasswordLength = 10;

/** POST /rest/invites/accept */
export const InviteAcceptance = requestOf(
  'invite_acceptance',
  z.object({
    token: z.string().min(1).max(512),
    name: z.string().min(1).max(255),
    password: z.string().min(minPasswordLength).max(1_024),
  }),
);

/** POST /rest/self/password */
export const PasswordChange = requestOf(
  'password_change',
  z.object({
    current_password: z.string().min(1).max(1_024),
    new_password: z.string().min(minPasswordLength).max(1_024),
  }),
);
