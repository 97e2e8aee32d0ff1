import type { FastifyRequest } from 'fastify';
import type { Slice, SortKey } from '../database/read-slice.ts';
import { pageLinks } from './cursor.ts';

const jsonapi = { version: '1.0' } as const;

/** A document with one resource; its `self` link is the request's unless told. */
export function documentFor<T>(request: FastifyRequest, data: T, self = request.url) {
  return { jsonapi, data, links: { self } };
}

/** A document with a page of resources, made row by row, and the links to its neighbours. */
export function pageFor<Row, T>(
  request: FastifyRequest,
  list: unknown,
  page: Slice<Row>,
  keyOf: (row: Row) => SortKey,
  resourceOf: (row: Row) => T,
) {
  return pageWith(request, list, page, keyOf, page.rows.map(resourceOf));
}

/** A document with a page of resources that were made together, in the order of the rows. */
export function pageWith<Row, T>(
  request: FastifyRequest,
  list: unknown,
  page: Slice<Row>,
  keyOf: (row: Row) => SortKey,
  data: T[],
  count?: number,
) {
  const links = pageLinks(request.url, list, page, keyOf);
  return { jsonapi, data, links, ...(count !== undefined && { meta: { count } }) };
}
