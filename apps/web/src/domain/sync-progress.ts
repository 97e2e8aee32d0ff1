import type { SyncRun } from '@plimsoll/contracts';
import { counted, grouping } from './count.ts';

/** How far a run is: a sentence that follows the registry's name, and a percentage once the end is known. */
export function syncProgress(run: SyncRun): { sentence: string; percent: number | undefined } {
  const { status, counts } = run.attributes;
  const listed = `${counted(counts.repositories, 'repository', 'repositories')}, ${counted(counts.tags, 'tag')}`;
  if (status === 'pending') return { sentence: 'is about to be synced.', percent: undefined };
  if (status === 'listing') return { sentence: `is being listed: ${listed} so far.`, percent: undefined };
  if (status === 'failed') return { sentence: 'could not be synced.', percent: undefined };
  if (status === 'cancelled')
    return { sentence: 'was not synced: the run was cancelled.', percent: undefined };
  if (status === 'completed') return { sentence: `was synced: ${listed}.`, percent: 100 };

  const ended = counts.scans_finished + counts.scans_failed;
  const failed = counts.scans_failed > 0 ? `, ${grouping(counts.scans_failed)} failed` : '';
  return {
    sentence: `is being scanned: ${grouping(ended)} of ${counted(counts.scans_requested, 'image')}${failed}.`,
    percent: counts.scans_requested === 0 ? undefined : Math.floor((100 * ended) / counts.scans_requested),
  };
}
