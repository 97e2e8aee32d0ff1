import { ConfigError, type Lifecycle, type Logger, type Metrics, type Secret } from '@plimsoll/runtime';
import type { Route } from '../send-request.ts';
import { googleTokens, type GoogleTokenOptions } from './google-token.ts';
import { PushQueue } from './push-queue.ts';
import { PushRelay } from './push-relay.ts';
import { sendersOf, type Place } from './read-notification.ts';
import { takeWebhooks } from './take-webhook.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';
import { WebhookTally } from './webhook-state.ts';

export type WebhooksDeps = {
  readonly pathSecret: Secret | undefined;
  readonly secret: Secret | undefined;
  /** What tokens of Google are checked by; undefined lets them be. */
  readonly google: Omit<GoogleTokenOptions, 'route'> | undefined;
  readonly place: Place;
  readonly platformUrl: URL;
  readonly brokerToken: Secret;
  /** To the platform. */
  readonly route: Route;
  /** To everybody else outside. */
  readonly publicRoute: Route;
  readonly version: string;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly metrics: Metrics;
};

export type Webhooks = {
  /** Takes notifications of the registry. */
  readonly take: ReturnType<typeof takeWebhooks>;
  /** The platform is there again: delivers what waits. */
  readonly deliver: () => void;
  /** What came so far. */
  readonly tally: WebhookTally;
};

/** Time for events to be delivered at a stop, milliseconds. */
const stopGraceMs = 3_000;

/**
 * Takes notifications of the registry and delivers what they say to the platform; undefined when that is not configured.
 * @throws {ConfigError} when the secret can never be checked with this kind of registry.
 */
export function startWebhooks(deps: WebhooksDeps): Webhooks | undefined {
  const { pathSecret, secret, google, place, lifecycle, log } = deps;
  if (!pathSecret) return undefined;
  refuseUseless(place.type, secret, google !== undefined);
  const metrics = createWebhookMetrics(deps.metrics);
  const queue = new PushQueue();
  const relay = new PushRelay({ ...deps, queue, metrics });
  lifecycle.onStop('push events', () => relay.stop(stopGraceMs));
  const tally = new WebhookTally();
  const deliver = () => relay.wake();
  const checkToken = google && googleTokens({ ...google, route: deps.publicRoute });
  return {
    take: takeWebhooks({
      pathSecret,
      secret,
      checkToken,
      place,
      queue,
      onQueued: deliver,
      log,
      metrics,
      tally,
    }),
    tally,
    deliver,
  };
}

function refuseUseless(type: string, secret: Secret | undefined, hasGoogle: boolean): void {
  const senders = sendersOf(type);
  const fault = (variable: string, message: string) =>
    new ConfigError([variable], `The environment cannot be used:\n  ${variable}: ${message}`);
  if (senders.length === 0)
    throw fault('WEBHOOK_PATH_SECRET', `${type} sends no notifications; leave it out`);
  const signs = senders.some(({ proof }) => proof);
  const sendsTokens = senders.some(({ tokenOf }) => tokenOf);
  if (hasGoogle && !sendsTokens) {
    throw fault('WEBHOOK_GOOGLE_ACCOUNT', `${type} sends no tokens of Google; leave it out`);
  }
  if (secret && !signs) {
    const instead = sendsTokens
      ? 'its tokens are checked with WEBHOOK_GOOGLE_ACCOUNT'
      : 'keep WEBHOOK_PATH_SECRET to yourself';
    throw fault('WEBHOOK_SECRET', `${type} signs nothing; leave it out: ${instead}`);
  }
}
