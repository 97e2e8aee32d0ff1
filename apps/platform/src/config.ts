import { booleanVariable, logLevelVariable, portVariable, secretVariable } from '@plimsoll/runtime';
import { z } from 'zod';

/** What a process of the platform can do; one process may do all of it. */
export const platformRoles = ['api', 'broker-server', 'worker'] as const;
export type PlatformRole = (typeof platformRoles)[number];

const list = z.string().transform((text) => text.split(',').flatMap((part) => part.trim() || []));

const Variables = z.object({
  PORT: portVariable.default(7_340),
  HOST: z.string().default('::'),
  /** PostgreSQL 15 or later: `postgresql://user:password@host/database`. */
  DATABASE_URL: secretVariable,
  /** Comma-separated: what this process does. */
  ROLES: list.pipe(z.array(z.enum(platformRoles)).min(1)).default([...platformRoles]),
  LOG_LEVEL: logLevelVariable,
  /** The address that people open; https makes cookies secure. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Addresses of reverse proxies, comma-separated, whose `X-Forwarded-For` is believed. */
  TRUSTED_PROXIES: list.default([]),
  /** Whether unmodified clients of the deployed broker may connect too; their token is in the address. */
  DEPLOYED_CLIENTS_ENABLED: booleanVariable.default(false),
  /** Folder of the built web page; without it there is only the API. */
  WEB_DIST: z.string().optional(),
  /** Comma-separated: folders, files and addresses of advisories and what goes with them, looked at each hour. */
  ADVISORIES_URL: list.default([]),
  /** New images that one sync run imports; the rest comes in the next runs. */
  SYNC_IMPORT_LIMIT: z.coerce.number().int().positive().default(10_000),
  /** The first login, made when the database has none yet. */
  ADMIN_EMAIL: z.string().min(3).optional(),
  ADMIN_PASSWORD: secretVariable.optional(),
});

/** The platform's environment. */
export const PlatformConfig = Variables.refine(
  (config) => (config.ADMIN_EMAIL === undefined) === (config.ADMIN_PASSWORD === undefined),
  { path: ['ADMIN_PASSWORD'], error: 'goes together with ADMIN_EMAIL' },
);
export type PlatformConfig = z.infer<typeof PlatformConfig>;
