import { documentOf, NotificationChannel, NotificationTest } from '@plimsoll/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { readPage, send } from './client.ts';

const pathOf = (orgId: string) => `/orgs/${orgId}/notification_channels`;
const keyOf = (orgId: string) => ['notification-channels', orgId];

/** Where an organization is told of new issues. */
export function useNotificationChannels(orgId: string) {
  return useQuery({
    queryKey: keyOf(orgId),
    queryFn: async ({ signal }) =>
      (await readPage(pathOf(orgId), NotificationChannel, {}, undefined, signal)).items,
  });
}

/** Makes a channel of these attributes. */
export function useAddChannel(orgId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (attributes: object) =>
      send('POST', pathOf(orgId), { data: { type: 'notification_channel', attributes } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(orgId) }),
  });
}

/** Sends a message to try a channel, and tells whether it arrived. */
export function useTryChannel(orgId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      (await send('POST', `${pathOf(orgId)}/${id}/test`, undefined, documentOf(NotificationTest))).data
        .attributes,
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(orgId) }),
  });
}

/** Removes a channel. */
export function useRemoveChannel(orgId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send('DELETE', `${pathOf(orgId)}/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(orgId) }),
  });
}
