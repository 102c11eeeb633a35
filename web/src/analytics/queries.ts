import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';
import { type CallFilter, callsQueryOf } from '../calls/filter';
import { refreshOf, stepOf } from '../calls/range';

export type Chart = Schemas['Chart'];
export type Figures = Schemas['Figures'];
export type Group = 'app' | 'token' | 'route' | 'country' | 'code' | 'status_class';

/** The range in points, with the range before. */
export const chartQuery = (team: string, filter: CallFilter, zone: string) =>
  queryOptions({
    queryKey: ['analytics', team, 'chart', filter, zone],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: { ...callsQueryOf(filter, now), step: stepOf(filter, now), zone, compare: 'previous' },
        signal,
      });
    },
    staleTime: 15_000,
    refetchInterval: refreshOf(filter),
    placeholderData: keepPreviousData,
  });

/** The largest of a kind in the range, with what they were before. */
export const rankQuery = (team: string, filter: CallFilter, by: Group, zone: string, top = 8) =>
  queryOptions({
    queryKey: ['analytics', team, 'rank', by, top, filter, zone],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          ...callsQueryOf(filter, now),
          // Only totals are wanted, of the same range as that of the charts.
          step: stepOf(filter, now),
          zone,
          group_by: by === 'route' ? 'api,route' : by,
          top,
          compare: 'previous',
        },
        signal,
      });
    },
    staleTime: 30_000,
    refetchInterval: refreshOf(filter) && 60_000,
    placeholderData: keepPreviousData,
  });
