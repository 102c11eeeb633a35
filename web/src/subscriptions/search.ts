import { type ListSearch, listSearch } from '../resources/search';
import { oneOf } from '../shell/search';
import { type State, states } from './states';

export interface SubscriptionsSearch extends ListSearch {
  state?: State;
}

export function subscriptionsSearch(raw: Record<string, unknown>): SubscriptionsSearch {
  return { ...listSearch(raw), state: oneOf(raw.state, states) };
}
