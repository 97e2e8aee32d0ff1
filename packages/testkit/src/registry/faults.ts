import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { RecordedRequest } from './start-test-registry.ts';

/** Changes an answer before it is sent. */
export type Fault = (answer: Answer, request: RecordedRequest) => Answer;

/** A fault, which requests it befalls (by path), and how often; for ever unless told. */
export type PlannedFault = {
  readonly path: RegExp;
  readonly fault: Fault;
  readonly times?: number;
  /** Which of the requests of that path, where several questions go to one. */
  readonly when?: (request: RecordedRequest) => boolean;
};

/** Faults that a registry plays, in the order they were planned; each befalls the answer that the one before has made. */
export class FaultPlan {
  readonly #planned: (Omit<PlannedFault, 'times'> & { left: number })[] = [];

  add({ times = Number.POSITIVE_INFINITY, ...planned }: PlannedFault): void {
    this.#planned.push({ ...planned, left: times });
  }

  apply(answer: Answer, request: RecordedRequest): Answer {
    return this.#planned.reduce((current, planned) => {
      if (planned.left <= 0 || !planned.path.test(request.url.pathname)) return current;
      if (planned.when?.(request) === false) return current;
      planned.left--;
      return planned.fault(current, request);
    }, answer);
  }
}

/** Breaks the connection after so many bytes of the body. */
export function truncatedAt(bytes: number): Fault {
  return (answer) => ({ ...answer, cutAt: bytes });
}

/** Another status, with a body of failure. */
export function withStatus(status: number, headers: Answer['headers'] = {}): Fault {
  return () => ({ status, headers: { 'content-type': 'text/plain', ...headers }, body: 'failure\n' });
}

/** A web page, as a login page or a proxy sends it. */
export function webPage(status = 200): Fault {
  return () => ({
    status,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Sign in</title>',
  });
}

/** Another body with the same headers, but for its length. */
export function withBody(body: string | Uint8Array): Fault {
  return (answer, request) => ({ ...withoutHeader('content-length')(answer, request), body });
}

/** A header more, or another value for it. */
export function withHeader(name: string, value: string | readonly string[]): Fault {
  return (answer) => ({ ...answer, headers: { ...answer.headers, [name]: value } });
}

/** A header less. */
export function withoutHeader(name: string): Fault {
  return (answer) => ({
    ...answer,
    headers: Object.fromEntries(Object.entries(answer.headers).filter(([key]) => key !== name)),
  });
}

/** Sends the client elsewhere: to a fixed address, or to the same path of another server. */
export function redirectedTo(location: string | ((request: RecordedRequest) => string), status = 307): Fault {
  return (_, request) => ({
    status,
    headers: { location: typeof location === 'string' ? location : location(request) },
  });
}

/** Never answers, or never goes on after the headers. */
export function stalled(stall: 'before-headers' | 'after-headers' = 'before-headers'): Fault {
  return (answer) => ({ ...answer, stall });
}

/** Sends the body piece by piece, as over a slow line. */
export function trickling(pieceBytes: number): Fault {
  return (answer) => ({ ...answer, pieceBytes });
}

/** A document that begins and never ends. */
export function endless(): Fault {
  return () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: () => Readable.from(beginning()),
  });
}

function* beginning(): Generator<Buffer> {
  yield Buffer.from('{');
  for (;;) yield Buffer.alloc(16 * 1024, ' ');
}

/** What every listing must survive or tell rightly, by the names that the conformance test of providers uses. */
export const listingFaults = {
  'rate-limited': withStatus(429, { 'retry-after': '0' }),
  'asks-to-wait': withStatus(429, { 'retry-after': '3600' }),
  failing: withStatus(500),
  'web-page': webPage(),
  truncated: truncatedAt(5),
  trickling: trickling(16),
  forbidden: withStatus(403),
  stalled: stalled(),
  endless: endless(),
} as const satisfies Record<string, Fault>;
