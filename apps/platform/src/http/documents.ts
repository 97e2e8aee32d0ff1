import type { FastifyRequest } from 'fastify';
import type { Slice, SortKey } from '../database/read-slice.ts';
import { pageLinks } from './cursor.ts';

const jsonapi = { version: '1.0' } as const;

/** A document with one resource; its `self` link is the request's unless told. */
export function documentFor<T>(request: FastifyRequest, data: T, self = request.url) {
  return { jsonapi, data, links: { self } };
}

/** A document with a page of resources and the links to its neighbours. */
export function pageFor<Row, T>(
  request: FastifyRequest,
  list: unknown,
  page: Slice<Row>,
  keyOf: (row: Row) => SortKey,
  resourceOf: (row: Row) => T,
  count?: number,
) {
  return {
    jsonapi,
    data: page.rows.map(resourceOf),
    links: pageLinks(request.url, list, page, keyOf),
    ...(count !== undefined && { meta: { count } }),
  };
}
