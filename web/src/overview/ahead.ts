import { chartQuery } from '../analytics/queries';
import { queryClient } from '../api/query-client';
import { holds } from '../session/scopes';
import type { Membership } from '../session/session';
import { look, spanOf } from './away';
import { everCalledQuery, tokensToSeeTo } from './queries';
import type { OverviewSearch } from './search';

/** Asks for what the overview shows first, while its code is still coming. */
export function askForOverview({ scopes, team: { name, zone } }: Membership, search: OverviewSearch): void {
  if (holds(scopes, 'keyward:calls.read')) {
    const { filter } = spanOf(search, look(name, Date.now()));
    void queryClient.prefetchQuery(everCalledQuery(name));
    void queryClient.prefetchQuery(chartQuery(name, filter, zone));
  }
  if (holds(scopes, 'keyward:tokens.read')) void queryClient.prefetchQuery(tokensToSeeTo(name));
}
