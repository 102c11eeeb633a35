import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { type CallFilter, callsQueryOf } from '../calls/filter';

/** Where calls came from, the busiest addresses first. */
export const addressesQuery = (team: string, filter: CallFilter) =>
  queryOptions({
    queryKey: ['analytics', team, 'addresses', filter],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls/addresses', {
        path: { team },
        query: callsQueryOf(filter, Date.now()),
        signal,
      }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
