import { z } from 'zod';

/** Media type of every REST document (jsonapi.org). */
export const jsonApiMediaType = 'application/vnd.api+json';

const jsonapi = z.object({ version: z.literal('1.0') });

/** Links of a document; those that lead nowhere are absent. */
export const Links = z.object({
  self: z.string().optional(),
  first: z.string().optional(),
  prev: z.string().optional(),
  next: z.string().optional(),
  last: z.string().optional(),
});
export type Links = z.infer<typeof Links>;

/** One fault of a request. `source` points into the document or names the parameter. */
export const ApiError = z.object({
  id: z.uuid(),
  status: z.string(),
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string(),
  source: z.object({ pointer: z.string().optional(), parameter: z.string().optional() }).optional(),
});
export type ApiError = z.infer<typeof ApiError>;

export const ErrorDocument = z.object({ jsonapi, errors: z.array(ApiError).min(1) });
export type ErrorDocument = z.infer<typeof ErrorDocument>;

/** v1 errors look differently. */
export const V1Error = z.object({
  message: z.string(),
  errorRef: z.uuid(),
  code: z.number().int().optional(),
});

/** A document with one resource. */
export function documentOf<T extends z.ZodType>(resource: T) {
  return z.object({
    jsonapi,
    data: resource,
    links: Links.optional(),
    meta: z.record(z.string(), z.unknown()).optional(),
  });
}

/** A document with a page of resources. */
export function pageOf<T extends z.ZodType>(resource: T) {
  return z.object({
    jsonapi,
    data: z.array(resource),
    links: Links,
    meta: z.object({ count: z.number().int().optional() }).loose().optional(),
  });
}

/** A to-one relationship. */
export function relationshipTo<T extends string>(type: T) {
  return z.object({ data: z.object({ id: z.string(), type: z.literal(type) }) });
}

/** The body of a request that creates or changes a resource. */
export function requestOf<T extends string, A extends z.ZodType>(type: T, attributes: A) {
  return z.object({ data: z.object({ id: z.string().optional(), type: z.literal(type), attributes }) });
}

/** Query parameters of every listing: opaque cursors of the page's links, and its size. */
export const PageQuery = z.object({
  starting_after: z.string().max(2_048).optional(),
  ending_before: z.string().max(2_048).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** `?a=x,y` as a list. */
export const commaSeparated = z
  .string()
  .max(8_192)
  .transform((text) => text.split(',').filter((part) => part !== ''));
