import { AuditEvent } from '@plimsoll/contracts';
import { z } from 'zod';

/** What the address of the activity page tells. */
export type ActivitySearch = { readonly event?: string };

/** Reads it; what is no event is left out. */
export function parseActivitySearch(search: Record<string, unknown>): ActivitySearch {
  const { event } = z.object({ event: AuditEvent.optional().catch(undefined) }).parse(search);
  return event === undefined ? {} : { event };
}
