import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, request, type Schemas } from '../api/client';
import { everyPage } from '../api/pages';
import type { SecuritySearch } from './search';

export type Team = Schemas['Team'];
export type User = Schemas['User'];
export type KeySummary = Schemas['KeySummary'];
export type SecurityEvent = Schemas['SecurityEvent'];
export type CallsStatus = Schemas['CallsStatus'];

/** How the node that answers is. */
export interface NodeHealth {
  status: 'ok' | 'degraded';
  version: string;
  node: string;
  store: boolean;
  following: boolean;
  revision: number;
  tokens: number;
}

export const healthQuery = queryOptions({
  queryKey: ['operator', 'health'],
  queryFn: ({ signal }) => request<NodeHealth>('get', '/api/v1/health', { signal }),
  refetchInterval: 10_000,
});

export const nodesQuery = queryOptions({
  queryKey: ['operator', 'nodes'],
  queryFn: ({ signal }) => call('get', '/api/v1/nodes', { signal }),
  refetchInterval: 10_000,
});

export const recordingQuery = queryOptions({
  queryKey: ['operator', 'recording'],
  queryFn: ({ signal }) => call('get', '/api/v1/calls/status', { signal }),
  refetchInterval: 30_000,
});

export const keysQuery = queryOptions({
  queryKey: ['operator', 'keys'],
  queryFn: async ({ signal }) => (await call('get', '/api/v1/keys', { signal })).items,
});

export const teamsQuery = queryOptions({
  queryKey: ['operator', 'teams'],
  queryFn: ({ signal }) =>
    everyPage((after) => call('get', '/api/v1/teams', { query: { after, limit: 500 }, signal })),
});

export const usersQuery = queryOptions({
  queryKey: ['operator', 'users'],
  queryFn: ({ signal }) =>
    everyPage((after) => call('get', '/api/v1/users', { query: { after, limit: 500 }, signal })),
});

export const securityQuery = (search: SecuritySearch) =>
  infiniteQueryOptions({
    queryKey: ['operator', 'security', search],
    queryFn: ({ pageParam, signal }) =>
      call('get', '/api/v1/security-events', { query: { ...search, after: pageParam, limit: 100 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
