import { queryClient } from '../api/query-client';
import { holds } from '../session/scopes';
import type { Membership } from '../session/session';
import { tokensQuery, weekQuery } from './queries';
import type { TokensSearch } from './search';

/** Asks for the list of tokens and their seven days, while the code of the page is still coming. */
export function askForTokens({ scopes, team: { name, zone } }: Membership, search: TokensSearch): void {
  if (!holds(scopes, 'keyward:tokens.read')) return;
  void queryClient.prefetchInfiniteQuery(tokensQuery(name, search));
  void queryClient.prefetchQuery(weekQuery(name, zone));
}
