import { type ReactNode, useMemo } from 'react';
import { outcomeSeries } from '../calls/outcome-series';
import { took } from '../format/durations';
import { count } from '../format/numbers';
import { dateAndTime } from '../format/time';
import { t } from '../messages/messages';
import { Chart, type ChartSeries } from '../ui/Chart';
import { Segments } from '../ui/Choices';
import { Section } from '../ui/Page';
import { useNow, useZone } from '../ui/Time';
import { gaps, percentText, rate } from './figures';
import type { Chart as ChartData, Figures } from './queries';
import type { AnalyticsSearch } from './search';

interface ChartsProps {
  chart: ChartData;
  search: AnalyticsSearch;
  onChange: (next: Partial<AnalyticsSearch>) => void;
}

type Points = readonly (Figures | null)[];

const pointsOf = ({ series, buckets }: ChartData): Points => series[0]?.points ?? buckets.map(() => null);
const pointsBefore = ({ series }: ChartData): Points => series[0]?.previous?.points ?? [];

function valuesOf(points: Points, value: (figures: Figures) => number | null | undefined) {
  return points.map((point) => (point ? (value(point) ?? null) : null));
}

/** One chart after the other, all of the same points in time. Dragging over one looks closer. */
export function Charts({ chart, search, onChange }: ChartsProps) {
  const onRange = (from: Date, to: Date) =>
    onChange({ range: undefined, from: from.toISOString(), to: to.toISOString() });
  const shared = { chart, search, onChange, onRange };
  return (
    <>
      <Volume {...shared} />
      <Gaps chart={chart} />
      <div className="mb-4 grid gap-x-10 lg:grid-cols-2">
        <Rates {...shared} />
        <Latency {...shared} />
      </div>
    </>
  );
}

type Shared = ChartsProps & { onRange: (from: Date, to: Date) => void };

function Volume({ chart, search, onChange, onRange }: Shared) {
  const before = search.compare && search.volume === 'before';
  const series = useMemo((): ChartSeries[] => {
    if (!before) return outcomeSeries(chart);
    return [
      {
        label: t('analytics.chart.calls'),
        tone: 1,
        values: valuesOf(pointsOf(chart), ({ calls }) => calls),
      },
      {
        label: t('analytics.chart.before'),
        tone: 'neutral',
        dashed: true,
        values: valuesOf(pointsBefore(chart), ({ calls }) => calls),
      },
    ];
  }, [chart, before]);
  return (
    <Section
      title={t('analytics.volume')}
      className="mb-2!"
      actions={
        search.compare && (
          <Segments
            label={t('analytics.volume.show')}
            value={search.volume ?? 'outcome'}
            onChange={(volume) => onChange({ volume: volume === 'outcome' ? undefined : volume })}
            choices={[
              { value: 'outcome', label: t('analytics.volume.outcome') },
              { value: 'before', label: t('analytics.volume.before') },
            ]}
          />
        )
      }
    >
      <Chart
        label={t('analytics.volume.label')}
        buckets={chart.buckets}
        series={series}
        kind={before ? 'lines' : 'areas'}
        format={count}
        height={220}
        sync="analytics"
        onRange={onRange}
      />
    </Section>
  );
}

/** What the charts do not show, and why. */
function Gaps({ chart }: { chart: ChartData }) {
  const zone = useZone();
  const now = useNow();
  const found = gaps(chart, now);
  const notOver = chart.buckets.some(
    ({ at, state }, index) =>
      state === 'incomplete' &&
      Date.parse(chart.buckets[index + 1]?.at ?? chart.to) > now &&
      Date.parse(at) <= now,
  );
  const notes: ReactNode[] = found
    .slice(0, 3)
    .map(({ from, to }) =>
      t('analytics.gap', { from: dateAndTime(new Date(from), zone), to: dateAndTime(new Date(to), zone) }),
    );
  if (found.length > 3) notes.push(t('analytics.gaps.more', { count: found.length - 3 }));
  if (notOver) notes.push(t('analytics.notOver'));
  return <p className="mb-6 min-h-5 text-sm text-ink-faint">{notes.join(' ')}</p>;
}

function Rates({ chart, search, onRange }: Shared) {
  const series = useMemo((): ChartSeries[] => {
    const failed = ({ errors, calls }: Figures) => rate(errors, calls);
    const refused = ({ refusals, calls }: Figures) => rate(refusals, calls);
    const now = pointsOf(chart);
    const before = pointsBefore(chart);
    return [
      { label: t('analytics.failed'), tone: 'warning', values: valuesOf(now, failed) },
      { label: t('analytics.refused'), tone: 'refused', values: valuesOf(now, refused) },
      ...(search.compare
        ? ([
            {
              label: t('analytics.failed.before'),
              tone: 'warning',
              dashed: true,
              values: valuesOf(before, failed),
            },
            {
              label: t('analytics.refused.before'),
              tone: 'refused',
              dashed: true,
              values: valuesOf(before, refused),
            },
          ] as const)
        : []),
    ];
  }, [chart, search.compare]);
  return (
    <Section title={t('analytics.rates')} className="min-w-0" actions={<span aria-hidden className="h-7" />}>
      <Chart
        label={t('analytics.rates.label')}
        buckets={chart.buckets}
        series={series}
        kind="lines"
        format={percentText}
        axis={percentText}
        height={180}
        sync="analytics"
        onRange={onRange}
      />
    </Section>
  );
}

function Latency({ chart, search, onChange, onRange }: Shared) {
  const first = search.latency === 'first_byte';
  const series = useMemo((): ChartSeries[] => {
    const now = pointsOf(chart);
    const p95 = (figures: Figures) => (first ? figures.first_byte_p95_us : figures.p95_us);
    return [
      {
        label: 'p50',
        tone: 1,
        values: valuesOf(now, (figures) => (first ? figures.first_byte_p50_us : figures.p50_us)),
      },
      { label: 'p95', tone: 2, values: valuesOf(now, p95) },
      {
        label: 'p99',
        tone: 3,
        values: valuesOf(now, (figures) => (first ? figures.first_byte_p99_us : figures.p99_us)),
      },
      ...(search.compare
        ? ([
            {
              label: t('analytics.latency.before'),
              tone: 2,
              dashed: true,
              values: valuesOf(pointsBefore(chart), p95),
            },
          ] as const)
        : []),
    ];
  }, [chart, search.compare, first]);
  return (
    <Section
      title={t('analytics.latency')}
      className="min-w-0"
      actions={
        <Segments
          label={t('analytics.latency.until')}
          value={search.latency ?? 'total'}
          onChange={(latency) => onChange({ latency: latency === 'total' ? undefined : latency })}
          choices={[
            { value: 'total', label: t('analytics.latency.total') },
            { value: 'first_byte', label: t('analytics.latency.firstByte') },
          ]}
        />
      }
    >
      <Chart
        label={t('analytics.latency.label')}
        buckets={chart.buckets}
        series={series}
        kind="lines"
        format={took}
        axis={took}
        height={180}
        sync="analytics"
        onRange={onRange}
      />
    </Section>
  );
}
