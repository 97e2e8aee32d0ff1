import type { IncomingHttpHeaders } from 'node:http';
import { requestHeaders } from '@plimsoll/contracts';

/** Headers that belong to one connection (RFC 9110, 7.6.1) or to one hop of ours. */
const ownHeaders = new Set<string>([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
  requestHeaders.requestId,
  requestHeaders.substituteHeaders,
  // Only the broker itself may say that the broker failed.
  requestHeaders.brokerFailure,
  requestHeaders.brokerUnseen,
]);

/** The headers of a request or an answer that go on to the next hop. The request id and lengths are set by the caller. */
export function passedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set(headers.connection?.toLowerCase().split(/\s*,\s*/));
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || name.startsWith('x-forwarded-')) continue;
    if (!ownHeaders.has(name) && !named.has(name)) passed[name] = value;
  }
  return passed;
}
