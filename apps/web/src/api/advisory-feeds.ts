import { AdvisoryFeedStatus, pageOf } from '@plimsoll/contracts';
import { useQuery } from '@tanstack/react-query';
import { read } from './client.ts';

/** What the platform knows about vulnerabilities, per ecosystem. */
export function useAdvisoryFeeds() {
  return useQuery({
    queryKey: ['advisories'],
    queryFn: async ({ signal }) => (await read('/advisories', pageOf(AdvisoryFeedStatus), signal)).data,
    refetchInterval: 60_000,
  });
}
