import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger, Secret } from '@plimsoll/runtime';
import { BrokerClientError } from '../broker-client-error.ts';
import { checkLength, limitBytes, readWhole } from '../limit-bytes.ts';
import { failureOf } from '../own-answer.ts';
import { GuessLimit } from './guess-limit.ts';
import { isSame } from './proofs.ts';
import type { PushQueue } from './push-queue.ts';
import { readNotification, type NotificationRefusal, type Place } from './read-notification.ts';
import type { TokenCheck } from './sender.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';
import type { WebhookTally } from './webhook-state.ts';

export type WebhookDeps = {
  readonly pathSecret: Secret;
  /** What notifications prove that they know; without it the path is all that is checked. */
  readonly secret: Secret | undefined;
  /** Checks the tokens of products that send those instead; without it they are not checked. */
  readonly checkToken: TokenCheck | undefined;
  readonly place: Place;
  readonly queue: PushQueue;
  /** Something was put into the queue. */
  readonly onQueued: () => void;
  readonly log: Logger;
  readonly metrics: WebhookMetrics;
  readonly tally?: WebhookTally;
  readonly now?: () => number;
  /** Longest time that a notification may take to arrive, milliseconds. */
  readonly bodyTimeoutMs?: number;
};

/** What begins the path of every webhook. */
export const webhooksPath = '/webhooks/';

/** Largest notification, bytes. Most have a few KB; GitHub's hold the description of a package. */
const maxBodyBytes = 1024 * 1024;

const defaultBodyTimeoutMs = 10_000;

/** Notifications that are read at the same time; with full bodies this is 32 MiB. */
const maxAtOnce = 32;

const refusals: Readonly<Record<NotificationRefusal, { status: number; message: string }>> = {
  unrecognized: { status: 400, message: 'This is no notification of a registry that is known here.' },
  'other-product': { status: 400, message: 'This is a notification of another product than CR_TYPE names.' },
  unsigned: { status: 401, message: 'WEBHOOK_SECRET is set, but this product signs nothing: leave it out.' },
  'wrong-signature': {
    status: 401,
    message: 'The notification does not prove that it knows WEBHOOK_SECRET.',
  },
  'wrong-token': {
    status: 401,
    message:
      'The token of the notification is not one that Google signed for WEBHOOK_GOOGLE_ACCOUNT and WEBHOOK_GOOGLE_AUDIENCE.',
  },
  'no-keys': { status: 503, message: "Google's keys could not be read, so the token cannot be checked now." },
};

type Answer = {
  readonly status: number;
  /** For the metrics, from a closed list. */
  readonly outcome: string;
  readonly sender?: string | undefined;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Makes the handler of `/webhooks/<secret>`: notifications of registries are checked, put into the queue and answered
 * at once; the work comes later.
 */
export function takeWebhooks(deps: WebhookDeps) {
  const now = deps.now ?? Date.now;
  const limit = new GuessLimit(now);
  let atOnce = 0;

  async function answerOf(request: IncomingMessage): Promise<Answer> {
    const address = request.socket.remoteAddress ?? '';
    const waitMs = limit.waitMs(address);
    if (waitMs > 0) {
      const retryAfter = String(Math.ceil(waitMs / 1_000));
      return {
        ...refusal(429, 'too-many-guesses', 'Too many wrong addresses.'),
        headers: { 'retry-after': retryAfter },
      };
    }
    const path = request.url?.split('?', 1)[0] ?? '';
    if (!isSame(path.slice(webhooksPath.length), deps.pathSecret.reveal())) {
      limit.wrong(address);
      return refusal(404, 'wrong-path', 'There is no such webhook.');
    }
    if (request.method === 'OPTIONS') return welcome(request);
    if (request.method !== 'POST') {
      return {
        ...refusal(405, 'wrong-method', 'Notifications are sent with POST.'),
        headers: { allow: 'POST' },
      };
    }
    if (atOnce >= maxAtOnce) {
      return { ...refusal(503, 'busy', 'Too many notifications at once.'), headers: { 'retry-after': '1' } };
    }
    atOnce += 1;
    try {
      return await take(
        deps,
        request,
        await readBody(request, deps.bodyTimeoutMs ?? defaultBodyTimeoutMs),
        new Date(now()),
      );
    } catch (error) {
      const failure = failureOf(error);
      if (failure?.code === 'too-large') return refusal(413, 'too-large', failure.message);
      if (failure?.code === 'timeout') return refusal(408, 'too-slow', failure.message);
      if (failure) return refusal(400, 'cut-short', failure.message);
      throw error;
    } finally {
      atOnce -= 1;
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, outcome, sender = 'none', body, headers } = await answerOf(request);
    deps.metrics.notifications.inc({ sender, outcome });
    deps.tally?.note(status, outcome);
    const address = request.socket.remoteAddress;
    if (status >= 400) deps.log.warn({ sender, outcome, status, address }, 'webhook refused');
    else deps.log.debug({ sender, outcome, ...body }, 'webhook taken');
    response.writeHead(status, {
      'content-type': 'application/json',
      // The rest of a body that was refused is not read.
      ...(status >= 400 && { connection: 'close' }),
      ...headers,
    });
    response.end(JSON.stringify(body));
  };
}

/** Everything but a POST of CloudEvents that asks first whether it is welcome (http-webhook.md of that specification, 4). */
function welcome({ headers }: IncomingMessage): Answer {
  const origin = headers['webhook-request-origin'];
  const isOrigin = typeof origin === 'string' && /^[\w.-]{1,253}$/.test(origin);
  return {
    status: 200,
    outcome: 'handshake',
    body: {},
    headers: {
      allow: 'POST',
      ...(isOrigin && { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' }),
    },
  };
}

async function take(deps: WebhookDeps, request: IncomingMessage, bytes: Buffer, now: Date): Promise<Answer> {
  const { queue, metrics, place, secret, checkToken } = deps;
  const body = parseJson(bytes);
  if (body === undefined) return refusal(400, 'not-json', 'The body is no JSON; choose application/json.');
  const notification = { headers: request.headers, body, bytes };
  const taken = await readNotification(notification, place, { secret: secret?.reveal(), checkToken }, now);
  const { sender } = taken;
  if ('refused' in taken) {
    const { status, message } = refusals[taken.refused];
    const headers = status === 503 && { headers: { 'retry-after': '30' } };
    return { ...refusal(status, taken.refused, message), sender, ...headers };
  }

  const added = taken.pushes.map((push) => queue.add(push));
  for (const outcome of added) metrics.events.inc({ outcome });
  metrics.events.inc({ outcome: 'skipped' }, taken.skipped);
  metrics.waiting.set(queue.size);
  const accepted = added.filter((outcome) => outcome === 'queued').length;
  if (accepted > 0) deps.onQueued();
  if (added.includes('full')) {
    return {
      ...refusal(503, 'full', 'Too many push events wait for the platform.'),
      sender,
      headers: { 'retry-after': '60' },
    };
  }
  if (taken.handshake) return { status: 200, outcome: 'handshake', sender, body: taken.handshake };
  return { status: 202, outcome: 'taken', sender, body: { accepted } };
}

function refusal(status: number, outcome: string, message: string): Answer {
  return { status, outcome, body: { code: outcome, message } };
}

async function readBody(request: IncomingMessage, timeoutMs: number): Promise<Buffer> {
  checkLength(request.headers['content-length'], maxBodyBytes);
  const body = limitBytes(maxBodyBytes);
  const timer = setTimeout(() => {
    body.destroy(new BrokerClientError('timeout', `the body did not arrive within ${timeoutMs} ms`));
  }, timeoutMs);
  request.once('close', () => {
    if (!request.complete) body.destroy(new BrokerClientError('unreachable', 'the body was cut short'));
  });
  try {
    return await readWhole(request.pipe(body), maxBodyBytes);
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined for what is no JSON, which JSON cannot say itself. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
