import { Readable } from 'node:stream';
import { readBody } from '../http/read-body.ts';
import { statusError } from '../http/status-error.ts';
import type { Transport } from '../http/transport.ts';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';

/** A request as the AWS SDK hands it out (its `HttpRequest`), as far as we read it. */
type SdkRequest = {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/**
 * Lets the AWS SDK send its requests as we send all others: through the proxy, with the authorities we trust, where the
 * egress rules allow, bounded in bytes and time.
 */
export function sdkHandler(transport: Transport, limits: RegistryLimits) {
  return {
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const deadline = AbortSignal.timeout(limits.documentTimeoutMs);
      const signal = abortSignal instanceof AbortSignal ? AbortSignal.any([abortSignal, deadline]) : deadline;
      const { headers, body } = request;
      const url = urlOf(request);
      const answer = await transport.send({ method: 'POST', url, headers, body: textOf(body) }, signal);
      const bytes = await readBody(answer, limits.listPageBytes, signal);
      if (answer.status === 429 || answer.status >= 500) throw statusError(answer, '');
      if (answer.status < 300 && /^\s*<!?(?:doctype|html)/i.test(bytes.subarray(0, 64).toString('latin1'))) {
        throw new RegistryError('invalid-answer', `${url.origin} answered a web page, as AWS never does.`);
      }
      const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
      const response = {
        statusCode: answer.status,
        headers: Object.fromEntries(entries) as Record<string, string>,
        body: Readable.from([bytes]),
      };
      return { response };
    },
    // The SDK asks for these two of every handler.
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value ?? ''));
  return url;
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === 'string' ? body : '';
}
