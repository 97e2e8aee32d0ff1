import { RegistryError, type RegistryErrorCode } from './registry-error.ts';

/** What an API answers that is not there, or not for us; whether it works at all is another matter. */
export const closed: readonly RegistryErrorCode[] = ['unauthorized', 'forbidden', 'not-found', 'unsupported'];

/** For `catch`: does something else after a RegistryError of one of these codes; every other error is thrown on. */
export function ifRefused<T>(codes: readonly RegistryErrorCode[], otherwise: () => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof RegistryError && codes.includes(error.code)) return otherwise();
    throw error;
  };
}
