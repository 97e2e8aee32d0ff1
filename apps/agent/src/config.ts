import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  booleanVariable,
  certificateVariable,
  givenTogether,
  isTlsMeant,
  logLevelVariable,
  portVariable,
  privateKeyVariable,
  secretVariable,
  tlsFault,
} from '@plimsoll/runtime';
import { z } from 'zod';

const GiB = 1024 ** 3;

/** The agent's environment; docs/reference/configuration.md explains each variable. */
export const AgentConfig = z
  .object({
    /** The name that deployed agents use; wins over `PORT`. */
    SNYK_PORT: portVariable.optional(),
    PORT: portVariable.default(17_500),
    HOST: z.string().default('::'),
    /** Largest sum of an image's compressed layers, bytes. */
    SNYK_MAX_IMAGE_SIZE_IN_BYTES: z.coerce.number().int().positive().default(2_147_483_648),
    /** Scans at a time. Each takes up to a CPU and a few hundred MB. */
    MAX_ACTIVE_OPERATIONS: z.coerce.number().int().min(1).max(64).default(1),
    SCAN_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(86_400).default(1_800),
    LOG_LEVEL: logLevelVariable,
    /** Where facts about layers are kept between scans; `off` keeps none. */
    CACHE_DIR: z.string().default(join(tmpdir(), 'plimsoll-layer-cache')),
    CACHE_MAX_BYTES: z.coerce.number().int().positive().default(GiB),
    /** Reads every layer whole, also where a table of contents (eStargz, zstd:chunked) would spare most of it. */
    WHOLE_LAYERS: booleanVariable.default(false),
    /** Asks registries for SBOMs that are attached to images, and reads them. */
    ATTACHED_SBOMS: booleanVariable.default(true),
    /** Certificates of authorities to trust besides the well-known ones: a file (PEM), or the text itself. */
    CA_CERT: certificateVariable.optional(),
    /** The certificate and key that registries are shown that ask for one. */
    REGISTRY_CLIENT_CERT: certificateVariable.optional(),
    REGISTRY_CLIENT_KEY: privateKeyVariable.optional(),
    TLS_REJECT_UNAUTHORIZED: booleanVariable.default(true),
    /** Whether that is meant. */
    ALLOW_UNVERIFIED_TLS: booleanVariable.default(false),
    /** Hosts, apart by commas, that a registry may send credentials to as its token server, and may lie in private networks. */
    REGISTRY_TRUSTED_HOSTS: z
      .string()
      .default('')
      .transform((hosts) => hosts.split(',').flatMap((host) => host.trim().toLowerCase() || [])),
    /** Lets a registry on the public network send us to hosts in private ones. */
    REGISTRY_ALLOW_PRIVATE: booleanVariable.default(false),
    /** A proxy's address may carry a password. */
    HTTP_PROXY: secretVariable.optional(),
    HTTPS_PROXY: secretVariable.optional(),
    NO_PROXY: z.string().optional(),
  })
  .refine(isTlsMeant, tlsFault)
  .refine(...givenTogether('REGISTRY_CLIENT_CERT', 'REGISTRY_CLIENT_KEY'));
export type AgentConfig = z.infer<typeof AgentConfig>;
