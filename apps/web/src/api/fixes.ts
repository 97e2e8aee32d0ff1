import { documentOf, FixAdvice, type FixAdviceQuery } from '@plimsoll/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { read } from './client.ts';

export type FixLevel = FixAdviceQuery['severity'];

/** Severities that advice can be asked for; each includes all that are worse. */
export const fixLevels: readonly FixLevel[] = ['critical', 'high', 'medium', 'low'];

/** What to do about the issues of a project's image of a severity and worse ones. */
export function useFixes(orgId: string, projectId: string, scannedAt: string | undefined, level: FixLevel) {
  return useQuery({
    queryKey: ['fixes', orgId, projectId, scannedAt, level],
    queryFn: async ({ signal }) =>
      (
        await read(`/orgs/${orgId}/projects/${projectId}/fixes`, documentOf(FixAdvice), signal, {
          severity: level,
        })
      ).data,
    placeholderData: keepPreviousData,
  });
}
