import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut, RequestError } from './request-error.ts';

/** Makes the cache of what the platform told. `onSignedOut` is called when the platform knows the session no longer. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (isSignedOut(error)) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // Long lists are many requests; they are asked again when something changed, not whenever the window is.
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && error instanceof RequestError && error.isPassing,
        retryDelay: (failures) => 500 * 2 ** failures,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
