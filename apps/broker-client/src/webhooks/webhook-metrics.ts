import type { Metrics } from '@plimsoll/runtime';

/** Registers the metrics of webhooks. Senders are those of the contract, `none` for whatever could not be read. */
export function createWebhookMetrics(metrics: Metrics) {
  return {
    notifications: metrics.counter(
      'plimsoll_broker_webhooks_total',
      'Notifications of registries, by product and outcome: `taken`, or why they were refused',
      ['sender', 'outcome'],
    ),
    events: metrics.counter(
      'plimsoll_broker_push_events_total',
      'Push events: `queued`, `repeated`, `skipped` (no image name, another namespace), `full`; then `relayed` or `refused` by the platform',
      ['outcome'],
    ),
    waiting: metrics.gauge('plimsoll_broker_push_events_waiting', 'Push events that wait for the platform'),
  };
}
export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;
