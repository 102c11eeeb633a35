import { t } from '../messages/messages';
import type { ChartSeries } from '../ui/Chart';
import type { Chart } from './queries';

/** Calls of a chart by how they came out, to be stacked. Outcomes that none had are left out. */
export function outcomeSeries(chart: Chart): ChartSeries[] {
  const points = chart.series[0]?.points ?? chart.buckets.map(() => null);
  const all: ChartSeries[] = [
    {
      label: t('calls.outcome.answered'),
      tone: 'allowed',
      values: points.map((point) => point && point.calls - point.refusals - point.errors),
    },
    {
      label: t('calls.outcome.failed'),
      tone: 'warning',
      values: points.map((point) => point?.errors ?? null),
    },
    {
      label: t('calls.outcome.refused'),
      tone: 'refused',
      values: points.map((point) => point?.refusals ?? null),
    },
  ];
  const seen = all.filter(({ values }) => values.some(Boolean));
  return seen.length > 0 ? seen : all.slice(0, 1);
}
