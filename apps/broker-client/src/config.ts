import {
  CredentialsError,
  decodeCredentials,
  rawBodyLimit,
  RegistryType,
  RepositoryName,
} from '@plimsoll/contracts';
import {
  booleanVariable,
  certificateVariable,
  givenTogether,
  privateKeyVariable,
  isTlsMeant,
  logLevelVariable,
  portVariable,
  Secret,
  secretVariable,
  tlsFault,
} from '@plimsoll/runtime';
import { z } from 'zod';

const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an address that begins with http:// or https://',
});

/** Scheme, host and port; a path would end up in the middle of callback addresses. */
const addressWithPort = z
  .string()
  .regex(
    /^https?:\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}\/?$/,
    'must have a scheme and a port and no path, for example http://my.broker.client:7341',
  )
  .transform((url) => url.replace(/\/$/, ''));

/** All of them travel in one header with the credentials. */
const maxNamesLength = 4_096;

const repositoryNames = z
  .string()
  .max(maxNamesLength)
  .transform((text) => text.split(',').flatMap((name) => name.trim().toLowerCase() || []))
  .pipe(z.array(RepositoryName));

/** Letters and digits that need no encoding in an address, and enough of them that nobody guesses. */
const pathSecret = z
  .string()
  .regex(
    /^[\w-]{20,200}$/,
    'must be 20 to 200 letters, digits, - and _; for example from: openssl rand -hex 20',
  )
  .transform((value) => new Secret(value));

const path = z.string().regex(/^\/[\w./-]+$/, 'must be a path that begins with /');

/** The broker client's environment, under the names that deployed clients have. */
export const BrokerClientConfig = z
  .object({
    BROKER_TOKEN: secretVariable,
    /** The platform. */
    BROKER_SERVER_URL: httpUrl,
    /** This client, as the agent reaches it. */
    BROKER_CLIENT_URL: addressWithPort,
    CR_AGENT_URL: httpUrl,
    CR_TYPE: RegistryType.optional(),
    CR_BASE: z.string().max(2_048).optional(),
    CR_USERNAME: z.string().max(1_024).optional(),
    CR_PASSWORD: secretVariable.optional(),
    /** DigitalOcean's API token. */
    CR_TOKEN: secretVariable.optional(),
    CR_ROLE_ARN: z.string().max(2_048).optional(),
    CR_REGION: z.string().max(64).optional(),
    CR_EXTERNAL_ID: secretVariable.optional(),
    /** The repositories to list, apart by commas, where the registry's own list is closed or not wanted. */
    CR_REPOSITORIES: repositoryNames.optional(),
    /** What of the registry is to be listed, apart by commas: organizations, projects, beginnings of names. */
    CR_NAMESPACES: repositoryNames.optional(),
    /** A ready-made credentials document, base64 of JSON; wins over the other CR_ variables. */
    CR_CREDENTIALS: secretVariable.optional(),
    PORT: portVariable.default(7_341),
    HOST: z.string().default('::'),
    /** What `/systemcheck` asks; the agent's own `/systemcheck` unless told. */
    BROKER_CLIENT_VALIDATION_URL: httpUrl.optional(),
    BROKER_CLIENT_VALIDATION_METHOD: z.enum(['GET', 'POST', 'HEAD']).default('GET'),
    BROKER_CLIENT_VALIDATION_TIMEOUT_MS: z.coerce.number().int().min(1).max(600_000).default(5_000),
    BROKER_HEALTHCHECK_PATH: path.default('/healthcheck'),
    BROKER_SYSTEMCHECK_PATH: path.default('/systemcheck'),
    /** What stands behind `/webhooks/` in the address that the registry sends its notifications to; without it none are taken. */
    WEBHOOK_PATH_SECRET: pathSecret.optional(),
    /** What the registry signs its notifications with, or sends as `authorization`. */
    WEBHOOK_SECRET: secretVariable.optional(),
    /** The service account and the audience of the Pub/Sub push subscription whose tokens are checked, by Google's keys. */
    WEBHOOK_GOOGLE_ACCOUNT: z.email().max(320).optional(),
    WEBHOOK_GOOGLE_AUDIENCE: secretVariable.optional(),
    WEBHOOK_GOOGLE_KEYS: httpUrl.default('https://www.googleapis.com/oauth2/v3/certs'),
    LOG_LEVEL: logLevelVariable,
    /** Whether bodies of small requests and answers are logged, secrets hidden. */
    LOG_ENABLE_BODY: booleanVariable.default(false),
    /** File with an allow-list of one's own. */
    ACCEPT: z.string().optional(),
    /** Whether that list may let through more than the contract. */
    ACCEPT_UNSAFE: booleanVariable.default(false),
    /** Largest body, either way, on what that list lets through besides. */
    ACCEPT_MAX_BODY_BYTES: z.coerce.number().int().positive().default(rawBodyLimit),
    /** Files with the certificate chain and the key (PEM) with which callbacks and health checks are served. */
    HTTPS_CERT: z.string().optional(),
    HTTPS_KEY: z.string().optional(),
    /** Whether two tunnels are held, to two replicas, where the platform has several. */
    BROKER_HA_MODE_ENABLED: booleanVariable.default(true),
    /**
     * What carries the tunnel: a WebSocket, or ordinary requests by long polling where a proxy lets no WebSocket through.
     * `auto`: the first, and the second where no platform answers to it.
     */
    BROKER_TRANSPORT: z.enum(['websocket', 'polling', 'auto']).default('websocket'),
    PREFLIGHT_CHECKS_ENABLED: booleanVariable.default(true),
    /** Certificates of authorities to trust besides the well-known ones: a file (PEM), or the text itself. */
    CA_CERT: certificateVariable.optional(),
    /** The certificate chain and its key (PEM, or files) that the platform is shown besides the token. */
    BROKER_CLIENT_CERT: certificateVariable.optional(),
    BROKER_CLIENT_KEY: privateKeyVariable.optional(),
    TLS_REJECT_UNAUTHORIZED: booleanVariable.default(true),
    /** Whether that is meant. */
    ALLOW_UNVERIFIED_TLS: booleanVariable.default(false),
    /** The proxy to the platform. The agent is asked directly. */
    HTTP_PROXY: secretVariable.optional(),
    HTTPS_PROXY: secretVariable.optional(),
    NO_PROXY: z.string().optional(),
  })
  .refine(...givenTogether('HTTPS_CERT', 'HTTPS_KEY'))
  .refine(({ WEBHOOK_SECRET: secret, WEBHOOK_PATH_SECRET: path }) => !secret || path, {
    path: ['WEBHOOK_SECRET'],
    error: 'goes together with WEBHOOK_PATH_SECRET',
  })
  .refine(...givenTogether('WEBHOOK_GOOGLE_ACCOUNT', 'WEBHOOK_GOOGLE_AUDIENCE'))
  .refine(({ WEBHOOK_GOOGLE_ACCOUNT: account, WEBHOOK_PATH_SECRET: path }) => !account || path, {
    path: ['WEBHOOK_GOOGLE_ACCOUNT'],
    error: 'goes together with WEBHOOK_PATH_SECRET',
  })
  .refine(isTlsMeant, tlsFault)
  .refine(...givenTogether('BROKER_CLIENT_CERT', 'BROKER_CLIENT_KEY'))
  .superRefine((config, context) => {
    const missing = config.CR_CREDENTIALS ? [] : requiredOf(config);
    for (const [name, why] of missing) {
      if (!config[name]) context.addIssue({ code: 'custom', path: [name], message: why });
    }
    try {
      if (config.CR_CREDENTIALS) decodeCredentials(config.CR_CREDENTIALS.reveal());
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      const message = 'is not a credentials document (base64 of JSON)';
      context.addIssue({ code: 'custom', path: ['CR_CREDENTIALS'], message });
    }
  });
export type BrokerClientConfig = z.infer<typeof BrokerClientConfig>;

type Variable = 'CR_TYPE' | 'CR_BASE' | 'CR_TOKEN' | 'CR_ROLE_ARN' | 'CR_REGION';

/** What a kind of registry cannot do without. */
function requiredOf({ CR_TYPE: type }: { CR_TYPE?: RegistryType | undefined }): [Variable, string][] {
  switch (type) {
    case undefined:
      return [['CR_TYPE', 'is missing']];
    case 'ecr':
      return [
        ['CR_ROLE_ARN', 'is missing: ecr needs the role to assume'],
        ['CR_REGION', 'is missing: ecr needs the region'],
      ];
    case 'digitalocean-cr':
      return [['CR_TOKEN', 'is missing: digitalocean-cr needs the API token']];
    case 'docker-hub':
      return [];
    default:
      return [['CR_BASE', `is missing: ${type} needs the address of the registry`]];
  }
}
