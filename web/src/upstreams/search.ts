import { oneOf } from '../shell/search';

export const upstreamTabs = ['targets', 'apis'] as const;

export function upstreamSearch(raw: Record<string, unknown>): { tab?: (typeof upstreamTabs)[number] } {
  return { tab: oneOf(raw.tab, upstreamTabs) };
}
