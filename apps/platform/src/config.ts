import { rawBodyLimit } from '@plimsoll/contracts';
import {
  booleanVariable,
  givenTogether,
  logLevelVariable,
  portVariable,
  Secret,
  secretVariable,
} from '@plimsoll/runtime';
import { z } from 'zod';
import { readVexTrust } from './advisories/vex-trust.ts';
import { isAddressOrNetwork } from './integrations/token-guard.ts';

/** What a process of the platform can do; one process may do all of it. */
export const platformRoles = ['api', 'broker-server', 'worker'] as const;
export type PlatformRole = (typeof platformRoles)[number];

const minKeyLength = 32;

const list = z.string().transform((text) => text.split(',').flatMap((part) => part.trim() || []));

const proxyVariable = secretVariable
  .refine((url) => /^https?:\/\/./.test(url.reveal()), 'must begin with http:// or https://')
  .optional();

const Variables = z.object({
  PORT: portVariable.default(7_340),
  HOST: z.string().default('::'),
  /** PostgreSQL 15 or later: `postgresql://user:password@host/database`. */
  DATABASE_URL: secretVariable,
  /** Comma-separated: what this process does. */
  ROLES: list.pipe(z.array(z.enum(platformRoles)).min(1)).default([...platformRoles]),
  /** Shared by all processes of a platform that has several; signs what one asks of another. */
  REPLICA_KEY: secretVariable
    .refine((key) => key.reveal().length >= minKeyLength, `must have at least ${minKeyLength} characters`)
    .optional(),
  /** Where the other processes reach this one, in the network that they share; it listens on this port for them. */
  REPLICA_URL: z
    .url({ protocol: /^http$/, error: 'must be an address that begins with http:// and has a port' })
    .refine((url) => new URL(url).port !== '', 'must have a port')
    .optional(),
  /** From the moment when `/readyz` says that this process stops until it does. */
  STOP_DELAY_SECONDS: z.coerce.number().int().min(0).max(5).default(0),
  LOG_LEVEL: logLevelVariable,
  /** The address that people open; https makes cookies secure. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Addresses of reverse proxies, comma-separated, whose `X-Forwarded-For` is believed. */
  TRUSTED_PROXIES: list.default([]),
  /** Whether unmodified clients of the deployed broker may connect too; their token is in the address. */
  DEPLOYED_CLIENTS_ENABLED: booleanVariable.default(false),
  /** Largest body, either way, of requests to `/broker` that are not the contract's. */
  BROKER_MAX_BODY_BYTES: z.coerce.number().int().positive().default(rawBodyLimit),
  /** Folder of the built web page; without it there is only the API. */
  WEB_DIST: z.string().optional(),
  /** Comma-separated: folders, files and addresses of advisories and what goes with them, looked at each hour. */
  ADVISORIES_URL: list.default([]),
  /** Comma-separated `SOURCE=PURL`: the products that a source of VEX documents is believed about. */
  ADVISORIES_VEX_PRODUCTS: list
    .refine(
      (entries) => entries.every((entry) => readVexTrust(entry) !== undefined),
      'holds something that is no SOURCE=pkg:..',
    )
    .transform((entries) => entries.flatMap((entry) => readVexTrust(entry) ?? []))
    .default([]),
  /** Sent to GitHub's REST API when `ADVISORIES_URL` names its list of advisories. */
  ADVISORIES_GITHUB_TOKEN: secretVariable.optional(),
  /** Images that one sync run imports or scans again; the rest comes in the next runs. */
  SYNC_IMPORT_LIMIT: z.coerce.number().int().positive().default(10_000),
  /** Seals the secrets of notification channels; an older key may follow after a comma, to read what it sealed. */
  ENCRYPTION_KEY: secretVariable
    .transform((keys) => keys.reveal().split(','))
    .refine(
      (keys) => keys.every((key) => key.trim().length >= minKeyLength),
      `must have at least ${minKeyLength} characters, each key of several`,
    )
    .transform((keys) => keys.map((key) => new Secret(key.trim())))
    .optional(),
  /** Networks beside the public one that notifications may be sent to, comma-separated, CIDR. */
  NOTIFICATION_NETWORKS: list
    .refine(
      (networks) => networks.every(isAddressOrNetwork),
      'holds something that is no network, as 10.1.0.0/16 is',
    )
    .default([]),
  /** The proxy that messages to public addresses go through; HTTP_PROXY when there is no HTTPS_PROXY. */
  HTTPS_PROXY: proxyVariable,
  HTTP_PROXY: proxyVariable,
  /** Hosts that are reached without the proxy. */
  NO_PROXY: z.string().default(''),
  /** The mail server: `smtps://user:password@host`, or `smtp://host:25`. */
  SMTP_URL: secretVariable
    .refine((url) => /^smtps?:\/\/./.test(url.reveal()), 'must begin with smtp:// or smtps://')
    .optional(),
  /** Who e-mails come from. */
  SMTP_FROM: z.email().optional(),
  /** Requests of the API that one token or person may make to one process; 0 is no limit. */
  API_REQUESTS_PER_MINUTE: z.coerce.number().int().min(0).default(1_800),
  /** Days for which the audit log keeps its entries. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().positive().default(365),
  /** The first login, made when the database has none yet. */
  ADMIN_EMAIL: z.string().min(3).optional(),
  ADMIN_PASSWORD: secretVariable.optional(),
});

/** The platform's environment. */
export const PlatformConfig = Variables.refine(...givenTogether('ADMIN_EMAIL', 'ADMIN_PASSWORD'))
  .refine(...givenTogether('SMTP_URL', 'SMTP_FROM'))
  .refine(
    ({ ROLES: roles, REPLICA_KEY: key }) =>
      key !== undefined || roles.length === 0 || platformRoles.every((role) => roles.includes(role)),
    {
      path: ['REPLICA_KEY'],
      error: 'is missing: a process that has only some of the roles reaches the others with it',
    },
  )
  .refine(
    ({ ROLES: roles, REPLICA_KEY: key, REPLICA_URL: url }) =>
      key === undefined || url !== undefined || !roles.includes('broker-server'),
    { path: ['REPLICA_URL'], error: 'is missing: where do the other replicas reach this one?' },
  );
export type PlatformConfig = z.infer<typeof PlatformConfig>;
