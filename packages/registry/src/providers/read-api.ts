import type { z } from 'zod';
import type { ProviderContext } from './provider.ts';

/** What is asked of a product's own API. */
export type ApiRequest = {
  /** Scheme, host and whatever stands before `path`; that of the registry unless told. */
  readonly root?: string;
  readonly path: string;
  readonly query?: string;
  readonly accept?: string;
  readonly post?: { readonly type: string; readonly body: string };
};

/** Reads a JSON document of a product's own API, with the credentials for it. @throws {RegistryError} */
export function readApi<S extends z.ZodType>(
  { client, api }: ProviderContext,
  { root = client.base.origin, path, query = '', accept, post }: ApiRequest,
  schema: S,
  signal: AbortSignal,
) {
  const url = new URL(root + path);
  url.search = query;
  const request = { url, scope: '', authorizer: api, ...(accept && { accept }), ...(post && { post }) };
  return client.json(request, schema, signal);
}
