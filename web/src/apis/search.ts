import { type ListSearch, listSearch } from '../resources/search';
import { oneOf, textOf } from '../shell/search';

export const lifecycles = ['draft', 'published', 'deprecated', 'retired'] as const;
export type Lifecycle = (typeof lifecycles)[number];
/** What an api is that says nothing of it. */
export const defaultLifecycle: Lifecycle = 'published';
export const accesses = ['open', 'subscribe', 'approve'] as const;

export interface ApisSearch extends ListSearch {
  lifecycle?: Lifecycle;
}

export function apisSearch(raw: Record<string, unknown>): ApisSearch {
  return { ...listSearch(raw), lifecycle: oneOf(raw.lifecycle, lifecycles) };
}

export const apiTabs = ['routes', 'settings', 'try', 'subscriptions'] as const;
export type ApiTab = (typeof apiTabs)[number];

export interface ApiSearch {
  tab?: ApiTab;
  /** The route that is tried. */
  route?: string;
  q?: string;
  sort?: string;
}

export function apiSearch(raw: Record<string, unknown>): ApiSearch {
  return { tab: oneOf(raw.tab, apiTabs), route: textOf(raw.route), ...listSearch(raw) };
}

/** The api whose document is imported again. */
export function importSearch(raw: Record<string, unknown>): { api?: string } {
  return { api: textOf(raw.api) };
}
