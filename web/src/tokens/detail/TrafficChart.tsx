import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { count, percent } from '../../format/numbers';
import { t } from '../../messages/messages';
import { Bone, Loaded } from '../../ui/States';
import { useZone } from '../../ui/Time';
import { tokenChartQuery } from '../queries';
import type { Range } from '../search';

const Chart = lazy(() => import('../../ui/Chart').then((module) => ({ default: module.Chart })));

const spans: Record<Range, { hours: number; step: string }> = {
  '24h': { hours: 24, step: '30m' },
  '7d': { hours: 168, step: '3h' },
  '30d': { hours: 720, step: '1d' },
};

/** Calls of one token over time, allowed and refused. */
export function TrafficChart({ team, id, range }: { team: string; id: string; range: Range }) {
  const zone = useZone();
  const { hours, step } = spans[range];
  const chart = useQuery(tokenChartQuery(team, id, hours, step, zone));
  const series = useMemo(() => {
    const points = chart.data?.series[0]?.points ?? chart.data?.buckets.map(() => null) ?? [];
    return [
      {
        label: t('tokens.chart.allowed'),
        tone: 'allowed' as const,
        values: points.map((point) => point && point.calls - point.refusals),
      },
      {
        label: t('tokens.chart.refused'),
        tone: 'refused' as const,
        values: points.map((point) => point?.refusals ?? null),
      },
    ];
  }, [chart.data]);
  const blank = <Bone className="h-[232px] w-full" />;
  return (
    <Loaded query={chart} skeleton={blank}>
      {(data) => {
        const total = data.series[0]?.total;
        return (
          <>
            <p className="mb-1 text-sm text-ink-soft tabular">
              {total
                ? t('tokens.chart.summary', {
                    calls: total.calls,
                    refused: total.refusals,
                    part: percent(total.refusals, total.calls),
                  })
                : t(
                    data.buckets.every((bucket) => bucket.state === 'unknown')
                      ? 'tokens.chart.unknown'
                      : 'tokens.chart.none',
                  )}
            </p>
            <Suspense fallback={blank}>
              <Chart
                label={t('tokens.chart.calls')}
                buckets={data.buckets}
                series={series}
                kind="areas"
                format={count}
                height={200}
              />
            </Suspense>
          </>
        );
      }}
    </Loaded>
  );
}
