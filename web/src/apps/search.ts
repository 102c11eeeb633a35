import { oneOf } from '../shell/search';

export const appTabs = ['overview', 'tokens', 'subscriptions'] as const;
export type AppTab = (typeof appTabs)[number];

export function appSearch(raw: Record<string, unknown>): { tab?: AppTab } {
  return { tab: oneOf(raw.tab, appTabs) };
}
