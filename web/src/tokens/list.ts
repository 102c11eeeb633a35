import type { Schemas } from '../api/client';
import type { TokensSearch } from './search';

type Token = Schemas['TokenBody'];
type ListQuery = {
  q?: string;
  app?: string;
  api?: string;
  label?: string;
  status?: Schemas['TokenStatus'];
  expires_before?: string;
  unused_since?: string;
};

const day = 86_400_000;
export const expiringDays = 7;
export const unusedDays = 90;

/** The filters of the page as the API takes them. */
export function listQuery(search: TokensSearch, now: number): ListQuery {
  return {
    q: search.q,
    app: search.app,
    api: search.api,
    label: search.label,
    status: search.status,
    expires_before: search.expiring && new Date(now + expiringDays * day).toISOString(),
    unused_since: search.unused && new Date(now - unusedDays * day).toISOString(),
  };
}

/** What expires soon has not expired yet, and what is revoked can't: the API lists them as well. */
export function stillMatters(token: Token, search: TokensSearch): boolean {
  if (search.status || !(search.expiring || search.unused)) return true;
  return token.status !== 'expired' && token.status !== 'revoked';
}

/** Whether any filter is set. */
export function isFiltered({ sort: _, ...filters }: TokensSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

export interface Week {
  points: ({ allowed: number; refused: number } | null)[];
  calls: number;
}

/**
 * The seven days of each token, by id. A token that is not there had no calls, unless there are more tokens than the
 * answer tells apart: then nothing is known of it, and `rest` is true.
 */
export function weeks(chart: Schemas['Chart']): { byToken: Map<string, Week>; quiet: Week; rest: boolean } {
  const byToken = new Map<string, Week>();
  let rest = false;
  for (const series of chart.series) {
    if (series.other) {
      rest = true;
      continue;
    }
    const id = series.key[0];
    if (!id) continue;
    byToken.set(id, {
      points: series.points.map(
        (point) => point && { allowed: point.calls - point.refusals, refused: point.refusals },
      ),
      calls: series.total?.calls ?? 0,
    });
  }
  const quiet: Week = {
    points: chart.buckets.map((bucket) => (bucket.state === 'unknown' ? null : { allowed: 0, refused: 0 })),
    calls: 0,
  };
  return { byToken, quiet, rest };
}
