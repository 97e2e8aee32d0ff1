import { textOf } from '../../url-search.ts';

/** The page to go to after signing in. */
export type SignInSearch = { to?: string | undefined };

/** Reads the address of the sign-in page. Only a path of this page counts: anything else would be an open redirect. */
export function parseSignInSearch(search: Record<string, unknown>): SignInSearch {
  const to = textOf(search['to']);
  return to !== undefined && isOwnPath(to) ? { to } : {};
}

function isOwnPath(to: string): boolean {
  const origin = 'http://here.invalid';
  return to.startsWith('/') && URL.parse(to, origin)?.origin === origin && !to.startsWith('/sign-in');
}
