import { flagOf, textOf } from '../shell/search';
import { type CallFilter, callFilter } from './filter';

/** The filters of the list, the call that is open beside it, and whether calls come in as they happen. */
export interface CallsSearch extends CallFilter {
  call?: string;
  live?: true;
}

export function callsSearch(raw: Record<string, unknown>): CallsSearch {
  return { ...callFilter(raw), call: textOf(raw.call), live: flagOf(raw.live) };
}

export function filterOf({ call: _c, live: _l, ...filter }: CallsSearch): CallFilter {
  return filter;
}
