import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { type CallFilter, callsQueryOf } from '../calls/filter';
import { outcomeOf } from '../calls/outcome';
import type { CallRecord } from '../calls/queries';
import type { Addresses } from './queries';

/** Counts are not kept by address, so the latest calls are counted. */
const most = 2000;

export const addressesQuery = (team: string, filter: CallFilter) =>
  queryOptions({
    queryKey: ['analytics', team, 'addresses', filter],
    queryFn: async ({ signal }): Promise<Addresses> => {
      const records: CallRecord[] = [];
      const query = callsQueryOf(filter, Date.now());
      let after: string | undefined;
      do {
        const page = await call('get', '/api/v1/teams/{team}/calls', {
          path: { team },
          query: { ...query, after, limit: 500 },
          signal,
        });
        records.push(...page.items);
        after = page.next ?? undefined;
      } while (after !== undefined && records.length < most);
      return { addresses: byAddress(records), of: records.length, more: after !== undefined };
    },
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });

export function byAddress(records: readonly CallRecord[]): Addresses['addresses'] {
  const found = new Map<string, Addresses['addresses'][number]>();
  for (const record of records) {
    const one = found.get(record.address) ?? {
      address: record.address,
      country: record.country ?? undefined,
      calls: 0,
      refused: 0,
      failed: 0,
    };
    const outcome = outcomeOf(record);
    one.calls += 1;
    if (outcome === 'refused') one.refused += 1;
    if (outcome === 'failed') one.failed += 1;
    found.set(record.address, one);
  }
  return [...found.values()].sort((a, b) => b.calls - a.calls);
}
