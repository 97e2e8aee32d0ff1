import { z } from 'zod';
import { RepositoryName } from './names.ts';
import { RegistryType } from './registry-types.ts';

/** The document travels in a header, of which servers take 16 KiB. */
const maxNames = 500;

/**
 * What an agent needs to enter a registry. The broker client makes it from its environment and sends it,
 * base64 of this JSON, in the `authorization` header of each request to the agent. It never reaches the platform.
 */
export const RegistryCredentials = z.object({
  type: RegistryType,
  registryBase: z.string().max(2048).optional(),
  username: z.string().max(1024).optional(),
  password: z.string().max(65_536).optional(),
  roleArn: z.string().max(2048).optional(),
  /** Plain HTTP instead of HTTPS; also true when `registryBase` begins with `http://`. */
  insecureHttp: z.boolean().optional(),
  extra: z
    .object({
      region: z.string().optional(),
      externalId: z.string().optional(),
      /** The repositories to list, where the registry's own list is closed or not wanted. */
      repositories: z.array(RepositoryName).max(maxNames).optional(),
      /** What of the registry is to be listed: organizations, projects, beginnings of names. */
      namespaces: z.array(RepositoryName).max(maxNames).optional(),
    })
    .optional(),
});
export type RegistryCredentials = z.infer<typeof RegistryCredentials>;

/** Writes the credentials document as it travels in the `authorization` header. */
export function encodeCredentials(credentials: RegistryCredentials): string {
  return Buffer.from(JSON.stringify(credentials)).toString('base64');
}

/**
 * Reads the credentials document of an `authorization` header.
 * Also reads the broken form that the original broker builds with printf: a Google JSON key pasted
 * between quotes without escaping.
 * @throws {CredentialsError} when the header holds no readable document; the message never quotes it.
 */
export function decodeCredentials(header: string): RegistryCredentials {
  const text = Buffer.from(header.replace(/^(?:basic|bearer|token)\s+/i, ''), 'base64').toString('utf8');
  const parsed = RegistryCredentials.safeParse(parseJson(text) ?? parsePrintfJson(text));
  if (!parsed.success) throw new CredentialsError('the authorization header holds no credentials document');
  return parsed.data;
}

/** The `authorization` header of an agent request could not be read. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{"type":"gcr","username":"_json_key","password":"{ "a": "b" }","registryBase":"gcr.io"}` */
function parsePrintfJson(text: string): unknown {
  const match =
    /^\s*\{\s*"type"\s*:\s*"([^"]*)"\s*,\s*"username"\s*:\s*"([^"]*)"\s*,\s*"password"\s*:\s*"([^]*)"\s*,\s*"registryBase"\s*:\s*"([^"]*)"\s*\}\s*$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, type, username, password, registryBase] = match;
  return { type, username, password, registryBase };
}
