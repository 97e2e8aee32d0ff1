import { documentOf, PersonalToken } from '@plimsoll/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { readPage, send } from './client.ts';

const path = '/self/personal_access_tokens';
const queryKey = ['personal-tokens'];

/** The tokens of the person who is signed in, the first hundred. */
export function usePersonalTokens() {
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => (await readPage(path, PersonalToken, {}, undefined, signal)).items,
  });
}

/** Makes a token that works for so many days; its text is in this answer only. */
export function useMakeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, days }: { readonly name: string; readonly days: number }) => {
      const expires = new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString();
      const body = { data: { type: 'personal_access_token', attributes: { name, expires_at: expires } } };
      return (await send('POST', path, body, documentOf(PersonalToken))).data.attributes.token ?? '';
    },
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
}

/** Revokes a token. */
export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send('DELETE', `${path}/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
}
