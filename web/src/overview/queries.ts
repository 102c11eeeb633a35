import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { isAlive } from '../tokens/actions';
import type { Token } from '../tokens/queries';

const day = 86_400_000;
export const expiringDays = 7;
export const neverUsedDays = 7;

/** Tokens that somebody has to look at. */
export const tokensToSeeTo = (team: string) =>
  queryOptions({
    queryKey: ['overview', team, 'tokens'],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const list = (query: { status?: 'pending'; expires_before?: string; unused_since?: string }) =>
        call('get', '/api/v1/teams/{team}/tokens', {
          path: { team },
          query: { ...query, limit: 200 },
          signal,
        });
      const [expiring, unused, pending] = await Promise.all([
        list({ expires_before: new Date(now + expiringDays * day).toISOString() }),
        list({ unused_since: new Date(now - neverUsedDays * day).toISOString() }),
        list({ status: 'pending' }),
      ]);
      const works = ({ status }: Token) => status === 'active' || status === 'rotating';
      return {
        expiring: expiring.items
          .filter(works)
          .sort((a, b) => Date.parse(a.expires_at ?? '') - Date.parse(b.expires_at ?? '')),
        neverUsed: unused.items.filter(
          (token) =>
            works(token) && !token.last_use && Date.parse(token.created_at) < now - neverUsedDays * day,
        ),
        pending: pending.items.filter(isAlive),
      };
    },
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });

export const latestEventsQuery = (team: string) =>
  queryOptions({
    queryKey: ['overview', team, 'events'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/audit-events', { path: { team }, query: { limit: 8 }, signal }),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });

/** Whether a call was ever answered well. */
export const everCalledQuery = (team: string) =>
  queryOptions({
    queryKey: ['overview', team, 'everCalled'],
    queryFn: async ({ signal }) => {
      const { items } = await call('get', '/api/v1/teams/{team}/calls', {
        path: { team },
        query: { status: '2xx', limit: 1 },
        signal,
      });
      return items.length > 0;
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

/** The latest call of all, for those that came before anybody looked. */
export const latestCallQuery = (team: string) =>
  queryOptions({
    queryKey: ['overview', team, 'latestCall'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls', { path: { team }, query: { limit: 1 }, signal }),
    staleTime: 0,
  });
