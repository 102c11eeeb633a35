import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { call } from '../api/client';
import { t } from '../messages/messages';
import { Stale } from '../ui/States';
import { TrafficFigures } from './TrafficFigures';
import { lineOf } from './traffic';

// Drawing is heavier than all else of the page, and need not be there at first.
const Chart = lazy(() => import('../ui/Chart').then((module) => ({ default: module.Chart })));

const hour = 3_600_000;
const height = 140;

/** The last hour of an app or an api, minute by minute. */
export function HourChart({ team, app, api }: { team: string; app?: string; api?: string }) {
  const query = useQuery({
    queryKey: ['traffic', team, 'minutes', app, api],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return call('get', '/api/v1/teams/{team}/analytics', {
        path: { team },
        query: {
          app,
          api,
          from: new Date(now - hour).toISOString(),
          to: new Date(now).toISOString(),
          step: '1m',
        },
        signal,
      });
    },
    refetchInterval: 30_000,
  });
  const placeholder = <div className="h-[196px]" />;
  if (!query.data) return placeholder;
  const { buckets, series } = query.data;
  const line = lineOf(series[0], buckets);
  return (
    <>
      <Stale query={query} />
      <TrafficFigures traffic={line} />
      <Suspense fallback={placeholder}>
        <Chart
          label={t('resources.traffic.chart')}
          kind="areas"
          height={height}
          buckets={buckets}
          series={[
            {
              label: t('resources.traffic.refusedCalls'),
              tone: 'refused',
              values: line.points.map((point) => point?.refused ?? null),
            },
            {
              label: t('resources.traffic.allowedCalls'),
              tone: 'allowed',
              values: line.points.map((point) => point?.allowed ?? null),
            },
          ]}
        />
      </Suspense>
    </>
  );
}
