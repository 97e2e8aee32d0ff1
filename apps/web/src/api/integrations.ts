import { ConnectionCheck, documentOf, Integration } from '@plimsoll/contracts';
import { useMutation, useQuery } from '@tanstack/react-query';
import { readPage, send } from './client.ts';

/** Broker clients come and go; this is how often the page looks, milliseconds. */
const lookIntervalMs = 15_000;

/** All connected registries of an organization. */
export function useIntegrations(orgId: string) {
  return useQuery({
    queryKey: ['integrations', orgId],
    queryFn: async ({ signal }) => {
      const all: Integration[] = [];
      let cursor: string | undefined;
      do {
        const page = await readPage(`/orgs/${orgId}/integrations`, Integration, {}, cursor, signal);
        all.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return all;
    },
    refetchInterval: lookIntervalMs,
  });
}

/** Walks from the platform to the registry and tells how each hop went. */
export function useConnectionCheck(orgId: string, integrationId: string) {
  return useMutation({
    mutationFn: async () => {
      const answer = await send(
        'POST',
        `/orgs/${orgId}/integrations/${integrationId}/connection_checks`,
        { data: { type: 'connection_check', attributes: {} } },
        documentOf(ConnectionCheck),
      );
      return answer.data.attributes;
    },
  });
}
