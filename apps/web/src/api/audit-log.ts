import { AuditLogPage, type AuditEntry } from '@plimsoll/contracts';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { cursorOf, read } from './client.ts';

/** Entries of a page, and how far back the first look goes. */
const page = { size: 100, days: 90 } as const;

/** The audit log of an organization, newest first; `event` narrows it to one kind. */
export function useAuditLog(orgId: string, event: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['audit-log', orgId, event],
    queryFn: async ({ pageParam, signal }): Promise<AuditPage> => {
      const { cursor, from } = pageParam;
      const query = { size: page.size, sort_order: 'DESC', from, cursor, events: event };
      const { data, links } = await read(`/orgs/${orgId}/audit_logs/search`, AuditLogPage, signal, query);
      const next = cursorOf(links, 'cursor');
      return { items: data.attributes.items, next: next === undefined ? undefined : { cursor: next, from } };
    },
    // Cursors go with their filters, so the time stays the same from page to page.
    initialPageParam: { cursor: undefined as string | undefined, from: daysAgo(page.days) },
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
}

type AuditPage = {
  readonly items: readonly AuditEntry[];
  readonly next: { readonly cursor: string; readonly from: string } | undefined;
};

/** The start of a day some days ago, so that the same question has the same words all day. */
function daysAgo(days: number): string {
  const day = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  return `${day.toISOString().slice(0, 10)}T00:00:00Z`;
}
