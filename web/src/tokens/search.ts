import { flagOf, oneOf, sortOf, sortText, textOf } from '../shell/search';

export const statuses = [
  'active',
  'rotating',
  'pending',
  'not_yet_valid',
  'disabled',
  'expired',
  'revoked',
] as const;
export type Status = (typeof statuses)[number];

export const sortColumns = [
  'name',
  'app',
  'status',
  'calls',
  'last_use',
  'expires_at',
  'created_at',
] as const;

/** The filters of the list, as they stand in its address. */
export interface TokensSearch {
  q?: string;
  app?: string;
  api?: string;
  status?: Status;
  label?: string;
  expiring?: true;
  unused?: true;
  sort?: string;
}

export function tokensSearch(raw: Record<string, unknown>): TokensSearch {
  return {
    q: textOf(raw.q),
    app: textOf(raw.app),
    api: textOf(raw.api),
    status: oneOf(raw.status, statuses),
    label: textOf(raw.label),
    expiring: flagOf(raw.expiring),
    unused: flagOf(raw.unused),
    sort: sortText(sortOf(raw.sort, sortColumns)),
  };
}

export const tabs = ['overview', 'usage', 'calls', 'restrictions', 'scopes', 'explain', 'audit'] as const;
export type Tab = (typeof tabs)[number];

export const ranges = ['24h', '7d', '30d'] as const;
export type Range = (typeof ranges)[number];

/** Where one stands on the page of a token, and the call that is to be explained there. */
export interface TokenSearch {
  tab?: Tab;
  range?: Range;
  method?: string;
  path?: string;
  address?: string;
  origin?: string;
}

export function tokenSearch(raw: Record<string, unknown>): TokenSearch {
  return {
    tab: oneOf(raw.tab, tabs),
    range: oneOf(raw.range, ranges),
    method: textOf(raw.method),
    path: textOf(raw.path),
    address: textOf(raw.address),
    origin: textOf(raw.origin),
  };
}
