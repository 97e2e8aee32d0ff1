import { useMutation } from '@tanstack/react-query';
import { send } from './client.ts';

/** Changes the password of the person who is signed in; all other sessions end. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (attributes: { current_password: string; new_password: string }) =>
      send('POST', '/self/password', { data: { type: 'password_change', attributes } }),
  });
}
