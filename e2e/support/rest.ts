import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `plimsoll up` remembers, as far as tests need it. */
export type UpState = {
  readonly orgId: string;
  readonly admin: { readonly email: string; readonly password: string };
  readonly registries: readonly { readonly integrationId: string }[];
};

/** Reads what `plimsoll up` remembers in a data directory. */
export function readUpState(dataDir: string): UpState {
  return JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as UpState;
}

/** Signs in at a platform; answers with a function that calls its REST API as that person. */
export async function signedIn(
  url: string,
  { admin }: UpState,
): Promise<(method: string, path: string) => Promise<Response>> {
  const withVersion = (path: string) => `${url}${path}${path.includes('?') ? '&' : '?'}version=2025-11-05`;
  const answer = await fetch(withVersion('/rest/sessions'), {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.api+json' },
    body: JSON.stringify({ data: { type: 'session', attributes: admin } }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return (method, path) => fetch(withVersion(path), { method, headers: { cookie } });
}
