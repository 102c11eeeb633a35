import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';
import { isFixed, rangeOf } from '../calls/range';
import type { AuditSearch } from './search';

export type AuditEvent = Schemas['AuditEvent'];
export type Actor = Schemas['Actor'];

/** Whose trail: that of a team, or that of the installation. */
export type Trail = { team: string } | 'installation';

const pageSize = 100;

function filtersOf({ event: _, range, from, to, ...filters }: AuditSearch, now: number) {
  const time = { range, from, to };
  // A trail is looked at as a whole unless a time is asked for.
  return { ...filters, ...(range || isFixed(time) ? rangeOf(time, now) : {}) };
}

export function readEvents(
  trail: Trail,
  search: AuditSearch,
  page: { after?: string; limit: number },
  signal?: AbortSignal,
) {
  const query = { ...filtersOf(search, Date.now()), ...page };
  return trail === 'installation'
    ? call('get', '/api/v1/audit-events', { query, signal })
    : call('get', '/api/v1/teams/{team}/audit-events', { path: trail, query, signal });
}

const keyOf = (trail: Trail) => ['audit', trail === 'installation' ? '' : trail.team] as const;

/** The events of a trail that fit the filters, the latest first. */
export const eventsQuery = (trail: Trail, search: AuditSearch) => {
  const { event: _, ...filters } = search;
  return infiniteQueryOptions({
    queryKey: [...keyOf(trail), 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      readEvents(trail, filters, { after: pageParam, limit: pageSize }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
};

/** Whether the trail is as it was written, from its first event to its last. */
export const verificationQuery = (trail: Trail) =>
  queryOptions({
    queryKey: [...keyOf(trail), 'verification'],
    queryFn: ({ signal }) =>
      trail === 'installation'
        ? call('get', '/api/v1/audit-events/verification', { signal })
        : call('get', '/api/v1/teams/{team}/audit-events/verification', { path: trail, signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
