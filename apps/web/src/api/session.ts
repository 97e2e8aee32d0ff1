import { documentOf, Org, pageOf, Self } from '@plimsoll/contracts';
import { useMutation, useQuery } from '@tanstack/react-query';
import { read, send } from './client.ts';

/** Who is signed in and for which organization. */
export type Session = { readonly self: Self; readonly org: Org };

/** The session of this browser; fails with `unauthorized` when there is none. */
export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async ({ signal }): Promise<Session> => {
      const [self, orgs] = await Promise.all([
        read('/self', documentOf(Self), signal),
        read('/orgs', pageOf(Org), signal),
      ]);
      const home = self.data.attributes.default_org_context;
      const org = orgs.data.find(({ id }) => id === home) ?? orgs.data[0];
      if (!org)
        throw new Error('This account belongs to no organization. Ask an administrator to add it to one.');
      return { self: self.data, org };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether the person who is signed in may do this, by the platform's word; the platform checks again. */
export function useMay(permission: string): boolean {
  return useSession().data?.self.attributes.permissions.includes(permission) ?? false;
}

/** Signs a person in; the session travels in a cookie. */
export function useSignIn() {
  return useMutation({
    mutationFn: (attributes: { email: string; password: string }) =>
      send('POST', '/sessions', { data: { type: 'session', attributes } }),
  });
}

/** Ends the session. */
export function useSignOut() {
  return useMutation({ mutationFn: () => send('DELETE', '/sessions/current') });
}
