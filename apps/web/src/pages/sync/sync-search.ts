import { idsOf } from '../../url-search.ts';

/** What the address of the sync page tells: the run that is looked at; the newest unless told. */
export type SyncSearch = { run?: string | undefined };

/** Reads it; what is no id is left out. */
export function parseSyncSearch(search: Record<string, unknown>): SyncSearch {
  return { run: idsOf(search['run'])?.[0] };
}
