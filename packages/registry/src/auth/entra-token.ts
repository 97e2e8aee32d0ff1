import { z } from 'zod';
import { readBody } from '../http/read-body.ts';
import { statusError } from '../http/status-error.ts';
import type { Transport } from '../http/transport.ts';
import type { RegistryLimits } from '../limits.ts';
import { parseJson } from '../parse-json.ts';
import { RegistryError } from '../registry-error.ts';
import { SharedFetches } from '../shared-fetches.ts';
import type { IdentityToken } from './identity-token.ts';
import { claimsOf, freshMsOf } from './token-life.ts';

const Exchanged = z.object({ refresh_token: z.string().min(1) });

/** Tokens of Microsoft Entra name the tenant, those of a registry do not. */
const EntraClaims = z.object({ tid: z.string().min(1) });

/** The tenant of a Microsoft Entra access token; undefined when the text is none. */
export function entraTenant(token: string): string | undefined {
  return EntraClaims.safeParse(claimsOf(token)).data?.tid;
}

/**
 * Exchanges a Microsoft Entra access token for a refresh token of the registry, once for all who need it.
 * https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
 */
export function exchangedEntraToken(
  token: string,
  tenant: string,
  { transport, limits }: { transport: Transport; limits: RegistryLimits },
): IdentityToken {
  const exchanges = new SharedFetches(limits.documentTimeoutMs);
  return ({ realm, service }, signal) => {
    const url = new URL('/oauth2/exchange', realm);
    const exchange = async (fetchSignal: AbortSignal) => {
      const form = { grant_type: 'access_token', service, tenant, access_token: token };
      const answer = await transport.send(
        {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
        },
        fetchSignal,
      );
      const body = await readBody(answer, limits.tokenBytes, fetchSignal);
      if (answer.status !== 200) throw refusal(statusError(answer, body.toString()), url);
      const { refresh_token: value } = parseJson(body, Exchanged, url);
      return { value, freshMs: freshMsOf(value, undefined) };
    };
    return exchanges.get(`${url.href} ${service}`, exchange, signal);
  };
}

function refusal(error: RegistryError, { origin }: URL): RegistryError {
  if (!['unauthorized', 'forbidden', 'invalid-answer'].includes(error.code)) return error;
  const message = `${origin} does not take the Microsoft Entra token. It lasts about an hour: is it over, or was it made for something else?`;
  return new RegistryError('unauthorized', message, { cause: error });
}
