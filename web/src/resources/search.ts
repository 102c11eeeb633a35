import { textOf } from '../shell/search';

/** What stands in the address of a list: its filter and its order. */
export interface ListSearch {
  q?: string;
  sort?: string;
}

export function listSearch(raw: Record<string, unknown>): ListSearch {
  return { q: textOf(raw.q), sort: textOf(raw.sort) };
}
