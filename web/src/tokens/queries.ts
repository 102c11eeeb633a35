import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';
import { listQuery } from './list';
import type { TokensSearch } from './search';

export type Token = Schemas['TokenBody'];
export type Usage = Schemas['Usage'];
export type Receipt = Schemas['Receipt'];

const hour = 3_600_000;

export const pageSize = 200;

/** The tokens of a team that fit the filters, page by page. */
export const tokensQuery = (team: string, search: TokensSearch) => {
  const { sort: _, ...filters } = search;
  return infiniteQueryOptions({
    queryKey: ['tokens', team, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      call('get', '/api/v1/teams/{team}/tokens', {
        path: { team },
        query: { ...listQuery(filters, Date.now()), after: pageParam, limit: pageSize },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
};

export const tokenQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'one', id],
    queryFn: ({ signal }) => call('get', '/api/v1/teams/{team}/tokens/{id}', { path: { team, id }, signal }),
  });

/** Seven days of calls of the hundred busiest tokens, in steps of six hours: one question for the whole table. */
export const weekQuery = (team: string, zone: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'week', zone],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          from: new Date(Date.now() - 7 * 24 * hour).toISOString(),
          step: '6h',
          zone,
          group_by: 'token',
          top: 100,
        },
        signal,
      }),
    staleTime: 60_000,
    refetchInterval: 60_000,
  });

/** How a token was used since a moment. */
export const usageQuery = (team: string, id: string, hours: number) =>
  queryOptions({
    queryKey: ['tokens', team, 'usage', id, hours],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/tokens/{id}/usage', {
        path: { team, id },
        query: { from: new Date(Date.now() - hours * hour).toISOString() },
        signal,
      }),
    staleTime: 30_000,
  });

/** Calls of the last hour by token, for those that are about to be ended together. */
export const lastHourQuery = (team: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'lastHour'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          from: new Date(Date.now() - hour).toISOString(),
          step: '1h',
          group_by: 'token',
          top: 100,
        },
        signal,
      }),
    staleTime: 0,
  });

/** A chart of one token. */
export const tokenChartQuery = (team: string, id: string, hours: number, step: string, zone: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'chart', id, hours, step, zone],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          token: id,
          from: new Date(Date.now() - hours * hour).toISOString(),
          step,
          zone,
        },
        signal,
      }),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });

export const callsOfTokenQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'calls', id],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls', { path: { team }, query: { token: id, limit: 100 }, signal }),
    refetchInterval: 30_000,
  });

export const auditOfTokenQuery = (team: string, id: string) =>
  queryOptions({
    queryKey: ['tokens', team, 'audit', id],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/audit-events', {
        path: { team },
        query: { kind: 'token', target: id, limit: 100 },
        signal,
      }),
  });

/** Why a call with a token would be allowed or refused. */
export const explainQuery = (
  team: string,
  id: string,
  asked: Omit<Schemas['DryRun'], 'token' | 'token_text'>,
) =>
  queryOptions({
    queryKey: ['tokens', team, 'explain', id, asked],
    queryFn: ({ signal }) =>
      call('post', '/api/v1/teams/{team}/explain', { path: { team }, body: { token: id, ...asked }, signal }),
    staleTime: 0,
  });
