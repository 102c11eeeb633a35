import { queryOptions } from '@tanstack/react-query';
import { request } from '../api/client';

interface OwnSession {
  current: boolean;
  address: string;
}

/** The address from which Keyward saw this browser sign in; null where it does not say. */
export const ownAddressQuery = queryOptions({
  queryKey: ['session', 'address'],
  queryFn: async ({ signal }): Promise<string | null> => {
    try {
      const { items } = await request<{ items: OwnSession[] }>('get', '/api/v1/account/sessions', { signal });
      return items.find((session) => session.current)?.address ?? null;
    } catch {
      return null;
    }
  },
  staleTime: 60_000,
});
