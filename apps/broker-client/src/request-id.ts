import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { requestHeaders } from '@plimsoll/contracts';

/** The id of a request, as the hop before sent it; a new one when that sent none, or something that is no id. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const id = headers[requestHeaders.requestId] ?? headers['x-request-id'];
  return typeof id === 'string' && /^[\w.-]{1,128}$/.test(id) ? id : randomUUID();
}

/** The headers that carry a request's id to the next hop, under our name and the common one. */
export function requestIdHeaders(requestId: string): Record<string, string> {
  return { [requestHeaders.requestId]: requestId, 'x-request-id': requestId };
}
