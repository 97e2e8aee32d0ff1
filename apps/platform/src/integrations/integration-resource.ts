import type { Integration, RegistryType } from '@plimsoll/contracts';
import type { IntegrationRow } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { nextRuns } from './policy-store.ts';

/** Integrations as the API shows them, with what is connected and what ran last. */
export async function integrationResources(
  deps: IntegrationsDeps,
  rows: readonly IntegrationRow[],
): Promise<Integration[]> {
  const ids = rows.map((row) => row.id);
  const [due, latest, clients] = await Promise.all([
    nextRuns(deps.db, ids),
    deps.latestRuns(ids),
    Promise.all(ids.map((id) => deps.clientsOf(id))),
  ]);
  return rows.map((row, index) => {
    const run = latest.get(row.id);
    const next = due.get(row.id);
    return {
      id: row.id,
      type: 'integration',
      attributes: {
        integration_type: row.type as RegistryType,
        profile_name: row.profile_name,
        has_broker: row.has_broker,
        created_at: row.created_at.toISOString(),
        updated_at: row.updated_at.toISOString(),
      },
      relationships: { organization: { data: { id: row.org_id, type: 'org' } } },
      meta: {
        broker_clients: (clients[index] ?? []).map((client) => ({
          id: client.clientId,
          version: client.version,
          connected_at: client.connectedAt.toISOString(),
          ...(client.slots && { agent_slots: client.slots.total }),
        })),
        ...(row.broker_last_seen_at && { broker_last_seen_at: row.broker_last_seen_at.toISOString() }),
        ...(run && {
          last_sync_run: {
            id: run.id,
            status: run.status,
            ...(run.finishedAt && { finished_at: run.finishedAt.toISOString() }),
          },
        }),
        ...(row.last_push_event_at && { last_push_event_at: row.last_push_event_at.toISOString() }),
        ...(next && { next_sync_at: next.toISOString() }),
      },
    };
  });
}
