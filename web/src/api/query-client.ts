import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem';

/** Kept in memory only. What a person sees is asked for anew when they come back to the window. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // Keyward may well be reached by a machine that has no other network.
      networkMode: 'always',
      retry: (count, error) => error instanceof ProblemError && error.passing && count < 2,
      retryDelay: (count) => 500 * 2 ** count,
    },
    mutations: { retry: false, gcTime: 0, networkMode: 'always' },
  },
});
