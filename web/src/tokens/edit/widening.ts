import type { Schemas } from '../../api/client';
import { holds } from '../../session/scopes';
import { alike, type Edited } from './form';
import { rangeCovers } from './ranges';

type Restrictions = Schemas['Restrictions'];

/** What can be changed of a token, a line each. */
export const facets = [
  'name',
  'description',
  'scopes',
  'expires_at',
  'allow_addresses',
  'deny_addresses',
  'origins',
  'apis',
  'methods',
  'time_windows',
  'limits',
] as const;
export type Facet = (typeof facets)[number];

/** Whether a change lets the token do something that it could not. The API decides by the same rules. */
export function widens(facet: Facet, before: Edited, after: Edited): boolean {
  const lists = <K extends keyof Restrictions>(key: K) =>
    [after.restrictions[key] ?? [], before.restrictions[key] ?? []] as const;
  switch (facet) {
    case 'name':
    case 'description':
      return false;
    case 'scopes':
      return after.scopes.some((scope) => !holds(before.scopes, scope));
    case 'expires_at':
      return endOf(after) > endOf(before);
    case 'limits':
      return loosens(before.limits, after.limits);
    case 'allow_addresses':
      return admitsMore(...lists(facet), (now, old) => rangeCovers(old, now));
    case 'deny_addresses': {
      const [now, old] = lists(facet);
      return old.some((range) => !now.some((one) => rangeCovers(one, range)));
    }
    case 'apis':
      return admitsMore(...lists(facet), grantCovered);
    case 'origins':
    case 'methods':
      return admitsMore<string>(...lists(facet), Object.is);
    case 'time_windows':
      return admitsMore(...lists(facet), alike);
  }
}

function endOf({ expires_at: at }: Edited): number {
  return at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
}

/** Whether a list admits something new: it was one and is none, or has an entry that no old one covers. */
function admitsMore<T>(now: readonly T[], old: readonly T[], covered: (now: T, old: T) => boolean): boolean {
  if (old.length === 0) return false;
  return now.length === 0 || now.some((one) => !old.some((other) => covered(one, other)));
}

function grantCovered(now: Schemas['ApiGrant'], old: Schemas['ApiGrant']): boolean {
  const [routes = [], before = []] = [now.routes, old.routes];
  const within = before.length === 0 || (routes.length > 0 && routes.every((one) => before.includes(one)));
  return now.api === old.api && within;
}

/** Whether a limit is gone or higher. All hold together, so that a further one only tightens. */
function loosens(before: Schemas['Limits'], after: Schemas['Limits']): boolean {
  const held = <L extends { limit: number }>(old: readonly L[] = [], now: readonly L[] = []) =>
    old.every((one) =>
      now.some((other) => other.limit <= one.limit && alike({ ...other, limit: 0 }, { ...one, limit: 0 })),
    );
  return !held(before.rates, after.rates) || !held(before.quotas, after.quotas);
}
