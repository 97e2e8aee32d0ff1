import type { Integration, SyncRun } from '@plimsoll/contracts';
import { ago, type RestWorld, uuidOf } from './rest-world.ts';

const hour = 3_600_000;

/** Adds a connected registry that was never synced, and returns it. */
export function addRegistry(
  world: RestWorld,
  name: string,
  type: Integration['attributes']['integration_type'] = 'harbor-cr',
): Integration {
  const integration: Integration = {
    id: uuidOf(`integration ${name}`),
    type: 'integration',
    attributes: {
      integration_type: type,
      profile_name: name,
      has_broker: true,
      created_at: ago(900 * hour),
      updated_at: ago(90 * hour),
    },
    relationships: { organization: { data: { id: world.org.id, type: 'org' } } },
    meta: {
      broker_clients: [
        { id: uuidOf(`client ${name}`), version: '0.1.0', connected_at: ago(31 * hour), agent_slots: 4 },
      ],
      broker_last_seen_at: ago(4_000),
      last_push_event_at: ago(2 * hour),
      next_sync_at: new Date(Date.now() + 20 * hour).toISOString(),
    },
  };
  world.integrations.push(integration);
  world.syncRuns.set(integration.id, []);
  return integration;
}

/** Adds a sync run to a registry as its newest, and returns it. */
export function addSyncRun(
  world: RestWorld,
  integrationId: string,
  attributes: Partial<SyncRun['attributes']> = {},
): SyncRun {
  const runs = world.syncRuns.get(integrationId) ?? [];
  const run: SyncRun = {
    id: uuidOf(`run ${integrationId} ${runs.length}`),
    type: 'sync_run',
    attributes: {
      status: 'completed',
      started_at: ago(4 * hour - runs.length),
      listing_complete: true,
      counts: {
        repositories: 42,
        tags: 318,
        matched: 318,
        already_imported: 306,
        to_import: 12,
        to_rescan: 0,
        tombstoned: 0,
        truncated: 0,
        scans_requested: 12,
        scans_finished: 12,
        scans_failed: 0,
        pruned: 3,
        held: 0,
        restored: 0,
      },
      steps: [],
      repository_errors: [],
      warnings: [],
      ...attributes,
    },
    relationships: { integration: { data: { id: integrationId, type: 'integration' } } },
  };
  world.syncRuns.set(integrationId, [run, ...runs]);
  return run;
}
