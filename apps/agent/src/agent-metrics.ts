import type { Metrics } from '@plimsoll/runtime';

/** Registers the agent's metrics. */
export function createAgentMetrics(metrics: Metrics) {
  return {
    scans: metrics.counter('plimsoll_agent_scans_total', 'Scans that ended, by outcome', ['outcome']),
    bytesPulled: metrics.counter(
      'plimsoll_agent_pulled_bytes_total',
      'Compressed layer bytes read from registries',
    ),
    layers: metrics.counter('plimsoll_agent_layers_total', 'Layers used, by where their facts came from', [
      'from',
    ]),
    slots: metrics.gauge('plimsoll_agent_slots', 'Scans that may run at a time'),
    slotsBusy: metrics.gauge(
      'plimsoll_agent_slots_busy',
      'Scans that run now, delivery of their result included',
    ),
    requests: metrics.counter('plimsoll_agent_requests_total', 'Requests answered, by route and status', [
      'route',
      'status',
    ]),
  };
}
export type AgentMetrics = ReturnType<typeof createAgentMetrics>;
