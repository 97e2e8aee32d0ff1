import { SyncRun } from '@plimsoll/contracts';
import { z } from 'zod';
import type { ScanCounts } from '../scans/scan-store.ts';
import { undoDays } from './prune-store.ts';
import type { SyncRunRow } from './sync-store.ts';

const Errors = z.record(z.string(), z.string()).catch({});
const Steps = SyncRun.shape.attributes.shape.steps.catch([]);

/** Says that a repository could not be listed, and why. */
export function listingFailure(repository: string, message: string): string {
  return `${repository}: its tags could not be listed: ${message}`;
}

/** A run as the API shows it. */
export function syncRunResource(run: SyncRunRow, scans: ScanCounts | undefined): SyncRun {
  const errors = Object.entries(Errors.parse(run.repository_errors));
  return {
    id: run.id,
    type: 'sync_run',
    attributes: {
      status: SyncRun.shape.attributes.shape.status.parse(run.status),
      started_at: run.started_at.toISOString(),
      counts: {
        repositories: run.repositories,
        tags: run.tags,
        matched: run.matched,
        already_imported: run.already_imported,
        to_import: run.to_import,
        to_rescan: run.rescans,
        tombstoned: run.tombstoned,
        truncated: run.truncated,
        scans_requested: scans?.requested ?? 0,
        scans_finished: scans?.finished ?? 0,
        scans_failed: scans?.failed ?? 0,
        pruned: run.pruned,
        held: run.held,
        restored: run.restored,
      },
      steps: Steps.parse(run.steps),
      repository_errors: errors.map(([repository, message]) => ({ repository, message })),
      warnings: [
        ...errors.map(([repository, message]) => listingFailure(repository, message)),
        ...(run.warnings as string[]),
      ],
      ...pruneOf(run),
      ...(run.finished_at && { finished_at: run.finished_at.toISOString() }),
      ...(run.listing_complete !== null && { listing_complete: run.listing_complete }),
      ...(run.error_message !== null && { error_message: run.error_message }),
    },
    relationships: { integration: { data: { id: run.integration_id, type: 'integration' } } },
  };
}

function pruneOf(run: SyncRunRow): Pick<SyncRun['attributes'], 'prune'> {
  if (run.prune_state === null) return {};
  const until = new Date((run.prune_changed_at ?? run.started_at).getTime() + undoDays * 24 * 3_600_000);
  return {
    prune: {
      state: SyncRun.shape.attributes.shape.prune.unwrap().shape.state.parse(run.prune_state),
      ...(run.prune_reason !== null && { reason: run.prune_reason }),
      ...(run.prune_state === 'pruned' && { undo_until: until.toISOString() }),
    },
  };
}
