import { documentOf, Invite, Membership, type Role } from '@plimsoll/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { readPage, send } from './client.ts';

/** The people of an organization, the first hundred. */
export function useMembers(orgId: string) {
  return useQuery({
    queryKey: ['members', orgId],
    queryFn: async ({ signal }) =>
      (await readPage(`/orgs/${orgId}/memberships`, Membership, {}, undefined, signal)).items,
  });
}

/** Removes a member. */
export function useRemoveMember(orgId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send('DELETE', `/orgs/${orgId}/memberships/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['members', orgId] }),
  });
}

/** Asks somebody to join; answers with where. */
export function useInvite(orgId: string) {
  return useMutation({
    mutationFn: async (attributes: { readonly email: string; readonly role: Role }) => {
      const body = { data: { type: 'org_invitation', attributes } };
      return (
        (await send('POST', `/orgs/${orgId}/invites`, body, documentOf(Invite))).data.attributes.url ?? ''
      );
    },
  });
}

/** Makes an account with an invite. */
export function useAcceptInvite() {
  return useMutation({
    mutationFn: (attributes: { readonly token: string; readonly name: string; readonly password: string }) =>
      send('POST', '/invites/accept', { data: { type: 'invite_acceptance', attributes } }),
  });
}
