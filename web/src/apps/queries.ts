import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { everyPage } from '../api/pages';

/** All apps of a team. */
export const appsQuery = (team: string) =>
  queryOptions({
    queryKey: ['apps', team],
    queryFn: ({ signal }) =>
      everyPage((after) =>
        call('get', '/api/v1/teams/{team}/apps', { path: { team }, query: { after, limit: 500 }, signal }),
      ),
    staleTime: 60_000,
  });
