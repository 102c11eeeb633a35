import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { everyPage } from '../api/pages';

/** All apis of a team, each version for itself. */
export const apisQuery = (team: string) =>
  queryOptions({
    queryKey: ['apis', team],
    queryFn: ({ signal }) =>
      everyPage((after) =>
        call('get', '/api/v1/teams/{team}/apis', { path: { team }, query: { after, limit: 500 }, signal }),
      ),
    staleTime: 60_000,
  });
