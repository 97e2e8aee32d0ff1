import type { Metrics } from '@plimsoll/runtime';

/** Registers the broker client's metrics. Routes are those of the contract, `none` for what no rule names. */
export function createBrokerMetrics(metrics: Metrics) {
  return {
    tunnelOpen: metrics.gauge('plimsoll_broker_tunnel_open', 'Tunnels to the platform that are open'),
    requests: metrics.counter(
      'plimsoll_broker_requests_total',
      'Requests from the platform, by route and status; status is `cancelled` when the platform gave up',
      ['route', 'status'],
    ),
    callbacks: metrics.counter(
      'plimsoll_broker_callbacks_total',
      'Callbacks of the agent, by route and status',
      ['route', 'status'],
    ),
  };
}
export type BrokerMetrics = ReturnType<typeof createBrokerMetrics>;
