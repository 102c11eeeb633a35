import { useMemo } from 'react';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Status } from '../ui/Badge';
import { Chart } from '../ui/Chart';
import { Bone } from '../ui/States';
import { outcomeSeries } from './outcome-series';
import type { Chart as ChartData } from './queries';

interface VolumeProps {
  chart: ChartData | undefined;
  onRange: (from: Date, to: Date) => void;
}

/** How many calls fit and when they were, above their list. A range dragged over becomes the time. */
export function Volume({ chart, onRange }: VolumeProps) {
  const series = useMemo(() => (chart ? outcomeSeries(chart) : []), [chart]);
  if (!chart) {
    return (
      <div aria-hidden className="mb-4">
        <Bone className="mb-2 h-5 w-64" />
        <Bone className="h-24 w-full" />
      </div>
    );
  }
  const total = chart.series[0]?.total;
  return (
    <div className="mb-4">
      <p className="mb-1 flex flex-wrap items-center gap-x-5 text-sm text-ink-soft tabular">
        {total ? (
          <>
            <span>
              <T
                id="calls.volume"
                values={{
                  calls: total.calls,
                  b: (parts) => <strong className="font-semibold text-ink">{parts}</strong>,
                }}
              />
            </span>
            <Status tone="refused">{t('calls.volume.refused', { count: total.refusals })}</Status>
            <Status tone="warning">{t('calls.volume.failed', { count: total.errors })}</Status>
          </>
        ) : (
          t('calls.volume.unknown')
        )}
      </p>
      <Chart
        label={t('calls.volume.label')}
        buckets={chart.buckets}
        series={series}
        kind="areas"
        height={96}
        legend={false}
        format={count}
        onRange={onRange}
      />
    </div>
  );
}
