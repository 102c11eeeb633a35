import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, type Schemas, urlOf } from '../api/client';
import { type CallFilter, callsQueryOf, chartable } from './filter';
import { refreshOf, stepOf } from './range';

export type CallRecord = Schemas['CallRecord'];
export type KnownCall = Schemas['KnownCall'];
export type Chart = Schemas['Chart'];

/** Calls that fit, newest first, page by page. */
export const callsQuery = (team: string, filter: CallFilter) =>
  infiniteQueryOptions({
    queryKey: ['calls', team, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      call('get', '/api/v1/teams/{team}/calls', {
        path: { team },
        query: { ...callsQueryOf(filter, Date.now()), after: pageParam, limit: 200 },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });

export const callQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['calls', team, 'one', id],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls/{request_id}', { path: { team, request_id: id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const explanationQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['calls', team, 'explanation', id],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls/{request_id}/explanation', {
        path: { team, request_id: id },
        signal,
      }),
    staleTime: 60_000,
  });

/** What fits over time, above the list; of filters that charts don't know nothing is left. */
export const volumeQuery = (team: string, filter: CallFilter, zone: string) =>
  queryOptions({
    queryKey: ['calls', team, 'volume', filter, zone],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: { ...callsQueryOf(chartable(filter), now), step: stepOf(filter, now, 120), zone },
        signal,
      });
    },
    refetchInterval: refreshOf(filter),
    staleTime: 10_000,
    placeholderData: (before) => before,
  });

/** What apps and tokens that made calls lately are called, by their ids. */
export const namesQuery = (team: string) =>
  queryOptions({
    queryKey: ['calls', team, 'names'],
    queryFn: async ({ signal }) => {
      const chart = await call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          from: new Date(Date.now() - 90 * 86_400_000).toISOString(),
          step: '1mo',
          group_by: 'app,token',
          top: 100,
        },
        signal,
      });
      const tokens = chart.series.flatMap(({ key: [app, token], other }) =>
        other || !token ? [] : [{ id: token, app: app ?? undefined }],
      );
      return { names: (chart.names ?? {}) as Record<string, string>, tokens };
    },
    staleTime: 60_000,
  });

/** What a token is called that made no call lately, or is not among the busiest. */
export const tokenNameQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['calls', team, 'name', id],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/teams/{team}/tokens/{id}', { path: { team, id }, signal })).name,
    staleTime: 600_000,
    retry: false,
  });

/** Where an export is fetched from. */
export function exportUrl(team: string, filter: CallFilter, format: 'csv' | 'parquet'): string {
  return urlOf(
    '/api/v1/teams/{team}/calls/export',
    { team },
    { ...callsQueryOf(filter, Date.now()), format },
  );
}

/** Where calls are followed as they end. */
export function tailUrl(team: string, filter: CallFilter): string {
  const { from: _f, to: _t, ...query } = callsQueryOf(filter, Date.now());
  return urlOf('/api/v1/teams/{team}/calls/tail', { team }, query);
}
