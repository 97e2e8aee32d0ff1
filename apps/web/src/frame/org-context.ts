import { createContext, use } from 'react';

/** The id of the organization whose things are shown. */
export const OrgContext = createContext<string | undefined>(undefined);

/** The organization's id, inside the frame. */
export function useOrgId(): string {
  const orgId = use(OrgContext);
  if (orgId === undefined) throw new Error('A page was drawn outside the frame.');
  return orgId;
}
