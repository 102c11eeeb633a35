import { oneOf } from '../shell/search';

export const spans = ['away', '24h', '7d', '30d'] as const;

/** How far back the overview looks: to the last visit, where there is none set and there was one. */
export interface OverviewSearch {
  span?: (typeof spans)[number];
}

export function overviewSearch(raw: Record<string, unknown>): OverviewSearch {
  return { span: oneOf(raw.span, spans) };
}
