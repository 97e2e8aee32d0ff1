import { SyncRun } from '@plimsoll/contracts';
import type { ScanCounts } from '../scans/scan-store.ts';
import type { SyncRunRow } from './sync-store.ts';

/** A run as the API shows it. */
export function syncRunResource(run: SyncRunRow, scans: ScanCounts | undefined): SyncRun {
  return {
    id: run.id,
    type: 'sync_run',
    attributes: {
      status: SyncRun.shape.attributes.shape.status.parse(run.status),
      started_at: run.started_at.toISOString(),
      counts: {
        repositories: run.repositories,
        tags: run.tags,
        to_import: run.to_import,
        scans_requested: scans?.requested ?? 0,
        scans_finished: scans?.finished ?? 0,
        scans_failed: scans?.failed ?? 0,
        pruned: run.pruned,
      },
      warnings: run.warnings as string[],
      ...(run.finished_at && { finished_at: run.finished_at.toISOString() }),
      ...(run.listing_complete !== null && { listing_complete: run.listing_complete }),
      ...(run.error_message !== null && { error_message: run.error_message }),
    },
    relationships: { integration: { data: { id: run.integration_id, type: 'integration' } } },
  };
}
