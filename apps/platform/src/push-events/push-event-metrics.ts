import type { Metrics } from '@plimsoll/runtime';

/** Registers the metrics of push events. */
export function createPushEventMetrics(metrics: Metrics) {
  return {
    events: metrics.counter(
      'plimsoll_push_events_total',
      'Push events of registries, by what became of them: `received`, and then one of the outcomes.',
      ['outcome'],
    ),
  };
}
export type PushEventMetrics = ReturnType<typeof createPushEventMetrics>;
