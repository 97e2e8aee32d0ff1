import type { SyncRun } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { syncProgress } from './sync-progress.ts';

function run(
  status: SyncRun['attributes']['status'],
  counts: Partial<SyncRun['attributes']['counts']> = {},
): SyncRun {
  const none = {
    repositories: 0,
    tags: 0,
    matched: 0,
    already_imported: 0,
    to_import: 0,
    to_rescan: 0,
    tombstoned: 0,
    truncated: 0,
    scans_requested: 0,
    scans_finished: 0,
    scans_failed: 0,
    pruned: 0,
    held: 0,
    restored: 0,
  };
  const id = '6f1c2f6e-0000-4000-8000-000000000001';
  return {
    id,
    type: 'sync_run',
    attributes: {
      status,
      started_at: '2026-01-01T00:00:00Z',
      counts: { ...none, ...counts },
      steps: [],
      repository_errors: [],
      warnings: [],
    },
    relationships: { integration: { data: { id, type: 'integration' } } },
  };
}

it('tells what was listed while the end is not known', () => {
  expect(syncProgress(run('listing', { repositories: 1, tags: 1200 }))).toEqual({
    sentence: 'is being listed: 1 repository, 1,200 tags so far.',
    percent: undefined,
  });
});

it('counts failed scans as ended', () => {
  expect(syncProgress(run('scanning', { scans_requested: 40, scans_finished: 9, scans_failed: 1 }))).toEqual({
    sentence: 'is being scanned: 10 of 40 images, 1 failed.',
    percent: 25,
  });
});

it('makes no percentage of nothing', () => {
  expect(syncProgress(run('scanning')).percent).toBeUndefined();
});
