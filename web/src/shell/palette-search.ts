import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import { findCall } from '../calls/palette';
import { t } from '../messages/messages';
import { resourceFinders } from '../resources/palette';

export interface Hit {
  id: string;
  group: string;
  label: string;
  detail?: string;
  href: string;
}

/** Things of a team whose name has the text in it. One function for each kind, for those who may read it. */
const kinds: { scope: string; find: (team: string, text: string, signal: AbortSignal) => Promise<Hit[]> }[] =
  [
    { scope: 'keyward:tokens.read', find: findTokens },
    { scope: 'keyward:calls.read', find: findCall },
    ...resourceFinders,
  ];

export const paletteSearch = (team: string, text: string, can: (scope: string) => boolean) =>
  queryOptions({
    queryKey: ['palette', team, text],
    queryFn: async ({ signal }) => {
      const found = await Promise.allSettled(
        kinds.filter(({ scope }) => can(scope)).map(({ find }) => find(team, text, signal)),
      );
      return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    },
    staleTime: 10_000,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });

async function findTokens(team: string, text: string, signal: AbortSignal): Promise<Hit[]> {
  const { items } = await call('get', '/api/v1/teams/{team}/tokens', {
    path: { team },
    query: { q: text, limit: 6 },
    signal,
  });
  return items.map((token) => ({
    id: `token-${token.id}`,
    group: t('shell.palette.group.tokens'),
    label: token.name ?? token.id,
    detail: token.id,
    href: `/teams/${encodeURIComponent(team)}/tokens/${token.id}`,
  }));
}
