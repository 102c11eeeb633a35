import { queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';
import { compact } from '../format/numbers';
import { t } from '../messages/messages';
import { Sparkline } from '../ui/Sparkline';
import { Bone } from '../ui/States';

const hour = 3_600_000;

/** Calls of the last hour in steps of five minutes, told apart by app, api or route: one question for a whole page. */
export const lastHourQuery = (
  team: string,
  by: 'app' | 'api' | 'route',
  filter: { app?: string; api?: string } = {},
) =>
  queryOptions({
    queryKey: ['traffic', team, by, filter],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const chart = await call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          ...filter,
          from: new Date(now - hour).toISOString(),
          to: new Date(now).toISOString(),
          step: '5m',
          group_by: by,
          top: 100,
        },
        signal,
      });
      return lastHour(chart);
    },
    staleTime: 20_000,
    refetchInterval: 30_000,
  });

export interface Traffic {
  points: ({ allowed: number; refused: number } | null)[];
  calls: number;
  refusals: number;
  errors: number;
  p95?: number | null;
}

export interface LastHour {
  by: Map<string, Traffic>;
  /** What one without calls looks like. */
  quiet: Traffic;
  /** There were more than are told apart: what is not there may have had calls. */
  more: boolean;
}

export function lastHour(chart: Schemas['Chart']): LastHour {
  const by = new Map<string, Traffic>();
  for (const series of chart.series) {
    const key = series.key[0];
    if (!series.other && key) by.set(key, lineOf(series, chart.buckets));
  }
  const known = chart.buckets.some(({ state }) => state !== 'unknown');
  return {
    by,
    quiet: lineOf(undefined, chart.buckets),
    more: !known || chart.series.some((series) => series.other),
  };
}

/** One series; without one there were no calls, as far as anything is known. */
export function lineOf(
  series: Schemas['Chart']['series'][number] | undefined,
  buckets: Schemas['Chart']['buckets'],
): Traffic {
  return {
    points: series
      ? series.points.map(
          (point) => point && { allowed: point.calls - point.refusals, refused: point.refusals },
        )
      : buckets.map(({ state }) => (state === 'unknown' ? null : { allowed: 0, refused: 0 })),
    calls: series?.total?.calls ?? 0,
    refusals: series?.total?.refusals ?? 0,
    errors: series?.total?.errors ?? 0,
    p95: series?.total?.p95_us,
  };
}

/** The last hour in a cell of a table: calls over time, and how many. */
export function TrafficCell({ known, of }: { known: LastHour | undefined; of: string }) {
  if (!known) return <Bone className="h-4 w-24" />;
  const traffic = known.by.get(of) ?? (known.more ? undefined : known.quiet);
  if (!traffic) return <span className="text-ink-faint">–</span>;
  return (
    <span className="flex items-center gap-3">
      <Sparkline points={traffic.points} label={trafficText(traffic)} />
      <span className="min-w-8 text-end font-mono text-xs text-ink-soft tabular">
        {compact(traffic.calls)}
      </span>
    </span>
  );
}

export function trafficText({ calls, refusals }: Pick<Traffic, 'calls' | 'refusals'>): string {
  return calls === 0 ? t('resources.traffic.none') : t('resources.traffic.some', { calls, refusals });
}
