import { Button, Group, Paper } from '@mantine/core';
import type { Integration } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import { useConnectionCheck } from '../../api/integrations.ts';
import { useSyncSchedule } from '../../api/sync-actions.ts';
import { useLastSyncRun } from '../../api/sync-runs.ts';
import { Failure } from '../../components/failure.tsx';
import { PulseIcon } from '../../components/icons.tsx';
import { Time } from '../../components/time.tsx';
import { counted } from '../../domain/count.ts';
import { registryNames } from '../../domain/registry-names.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { SyncControls } from '../sync/sync-controls.tsx';
import { ConnectionHops } from './connection-hops.tsx';
import { LastRun } from './last-run.tsx';
import styles from './registry-card.module.css';

/** One registry: its connection, its last and its next sync, and what can be done. */
export function RegistryCard({ integration }: { readonly integration: Integration }) {
  const orgId = useOrgId();
  const { profile_name: name, integration_type: type } = integration.attributes;
  const lastRun = useLastSyncRun(orgId, integration.id);
  const check = useConnectionCheck(orgId, integration.id);
  const isPaused = useSyncSchedule(orgId, integration.id).data?.paused ?? false;

  return (
    <Paper component="article" withBorder className={styles.card} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span className={styles.quiet}>{registryNames[type]}</span>
      </header>

      <section aria-label="Connection">
        <h3>Connection</h3>
        <Connection integration={integration} />
        {check.isError && (
          <Failure what="The connection could not be checked" error={check.error} onRetry={check.mutate} />
        )}
        {check.data && <ConnectionHops check={check.data} />}
      </section>

      <section aria-label="Last sync">
        <h3>Last sync</h3>
        {lastRun.isError && (
          <Failure what="The last sync could not be read" error={lastRun.error} onRetry={lastRun.refetch} />
        )}
        {lastRun.data && <LastRun run={lastRun.data} />}
        {lastRun.data === null && <p className={styles.quiet}>This registry was never synced.</p>}
        <p className={styles.quiet}>
          {isPaused ? (
            'The sync is paused.'
          ) : (
            <>
              Next sync: <Time at={integration.meta?.next_sync_at} otherwise="none is planned" />
            </>
          )}
        </p>
        {integration.meta?.last_push_event_at !== undefined && (
          <p className={styles.quiet}>
            The registry last told of a push <Time at={integration.meta.last_push_event_at} />
          </p>
        )}
      </section>

      <Group gap="xs" mt="auto">
        <SyncControls integrationId={integration.id} lastRun={lastRun.data} />
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link to="/registries/$integrationId" params={{ integrationId: integration.id }} {...props} />
          )}
        >
          Sync runs
        </Button>
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link
              to="/registries/$integrationId/policy"
              params={{ integrationId: integration.id }}
              {...props}
            />
          )}
        >
          Configure auto-sync
        </Button>
        <Button
          variant="default"
          leftSection={<PulseIcon />}
          loading={check.isPending}
          onClick={() => check.mutate()}
        >
          Check connection
        </Button>
      </Group>
    </Paper>
  );
}

function Connection({ integration: { attributes, meta } }: { readonly integration: Integration }) {
  if (!attributes.has_broker)
    return <p className={styles.quiet}>This registry is not read through a broker client.</p>;
  const clients = meta?.broker_clients ?? [];
  if (clients.length === 0) {
    return (
      <p className={styles.lost}>
        No broker client is connected; the last one was seen{' '}
        <Time at={meta?.broker_last_seen_at} otherwise="never" />. Start one with this registry’s broker
        token.
      </p>
    );
  }
  return (
    <>
      <p className={styles.connected}>{counted(clients.length, 'broker client')} connected</p>
      <ul className={styles.clients}>
        {clients.map((client) => (
          <li key={client.id}>
            <code title={client.id}>{client.id.slice(0, 8)}</code>
            <span>version {client.version}</span>
            <span>
              connected <Time at={client.connected_at} />
            </span>
            {client.agent_slots !== undefined && <span>{counted(client.agent_slots, 'scan slot')}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
