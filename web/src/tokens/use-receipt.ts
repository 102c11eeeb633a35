import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { call } from '../api/client';
import { ProblemError } from '../api/problem';
import { useSession } from '../session/session';
import type { Receipt, Token } from './queries';
import { heard, isSettled, type KnownReceipt, pause } from './receipt';

/** After this it is asked again only on demand: what has said nothing for so long will hardly do soon. */
const patience = 5 * 60_000;

/**
 * A receipt that follows the nodes until each refuses or is gone. The operator reads them; others repeat the revocation,
 * which changes nothing and answers with the nodes.
 */
export function useReceipt(team: string, token: Token, first: Receipt) {
  const { user } = useSession();
  const began = useRef(Date.now());
  const onDemand = useRef(false);
  const query = useQuery({
    queryKey: ['receipt', team, token.id, first.revision],
    queryFn: async ({ signal, client, queryKey }): Promise<KnownReceipt> => {
      const options = { signal, background: !onDemand.current };
      const { nodes } = user.operator
        ? await call('get', '/api/v1/nodes', options)
        : (
            await call('post', '/api/v1/teams/{team}/tokens/{id}/revoke', {
              ...options,
              path: { team, id: token.id },
              body: { reason: '-' },
            })
          ).receipt;
      return heard(client.getQueryData<KnownReceipt>(queryKey) ?? first, nodes);
    },
    initialData: first as KnownReceipt,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchInterval: ({ state: { data, dataUpdateCount, errorUpdateCount, error } }) => {
      const refused = error && !(error instanceof ProblemError && error.passing);
      if (!data || isSettled(data) || refused || Date.now() - began.current > patience) return false;
      return pause(dataUpdateCount + errorUpdateCount);
    },
  });
  const receipt = query.data;
  const enough = query.error !== null || Date.now() - began.current > patience;
  return {
    receipt,
    /** When the nodes were last heard. */
    askedAt: query.dataUpdatedAt,
    asking: query.isFetching,
    /** For more; for nothing more, or no longer by itself. */
    waiting: isSettled(receipt) ? ('nothing' as const) : enough ? ('enough' as const) : ('more' as const),
    error: query.error,
    askAgain: async () => {
      onDemand.current = true;
      began.current = Date.now();
      await query.refetch();
      onDemand.current = false;
    },
  };
}
