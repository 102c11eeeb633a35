import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';

/** Whether anybody has an account here yet, and whether passkeys work at this address. */
export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => call('get', '/api/v1/setup', { signal }),
  staleTime: 60_000,
});
