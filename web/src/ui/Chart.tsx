import 'uplot/dist/uPlot.min.css';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { compact, count } from '../format/numbers';
import { date, dateAndTime, timeOfDay } from '../format/time';
import { direction, t } from '../messages/messages';
import { useTheme } from '../shell/theme';
import { cx } from './cx';
import { useZone } from './Time';

export type ChartTone = 'allowed' | 'refused' | 'warning' | 'neutral' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface ChartSeries {
  label: string;
  tone: ChartTone;
  /** For each point in time; null where nothing is known, which is not zero. */
  values: readonly (number | null)[];
  /** Drawn thinner and broken, as for the range before. */
  dashed?: boolean;
}

interface ChartProps {
  /** What it shows, as its name: "Calls, by the hour". */
  label: string;
  /** The points in time, and whether each is over. */
  buckets: readonly { at: string; state: 'complete' | 'incomplete' | 'unknown' }[];
  series: readonly ChartSeries[];
  /** `areas` are stacked on each other, the first lowest. `lines` stand for themselves. */
  kind: 'areas' | 'lines';
  /** How a value is written where it is looked at; numbers unless given. */
  format?: (value: number) => string;
  /** How a value is written at the axis. */
  axis?: (value: number) => string;
  height?: number;
  /** Called with the ends of a range that was dragged over. */
  onRange?: (from: Date, to: Date) => void;
  /** Charts of the same name point at the same moment. */
  sync?: string;
  legend?: boolean;
}

const cssNames: Record<string, string> = {
  allowed: '--allowed-fill',
  refused: '--refused-fill',
  warning: '--warning-fill',
  neutral: '--ink-faint',
};

function cssName(tone: ChartTone): string {
  return cssNames[tone] ?? `--series-${tone}`;
}

const swatches: Record<string, string> = {
  allowed: 'bg-allowed-fill',
  refused: 'bg-refused-fill',
  warning: 'bg-warning-fill',
  neutral: 'bg-ink-faint',
  1: 'bg-(--series-1)',
  2: 'bg-(--series-2)',
  3: 'bg-(--series-3)',
  4: 'bg-(--series-4)',
  5: 'bg-(--series-5)',
  6: 'bg-(--series-6)',
  7: 'bg-(--series-7)',
  8: 'bg-(--series-8)',
};

/** Values over time: areas or lines, with what stands under the pointer, and by arrow keys without one. */
export function Chart(props: ChartProps) {
  const { label, buckets, series, kind, format = count, axis = compact, height = 200, onRange, sync } = props;
  const { legend = series.length > 1 } = props;
  const zone = useZone();
  const { dark } = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [left, setLeft] = useState(0);
  const range = useRef(onRange);
  range.current = onRange;

  const data = useMemo(() => dataOf(buckets, series, kind), [buckets, series, kind]);
  const look = JSON.stringify(series.map(({ label: name, tone, dashed }) => [name, tone, dashed]));
  // The plot is made anew when its look changes, and only fed when its values do.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` stands for the series, `dark` for the colours
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const options = optionsOf({
      element,
      series,
      kind,
      axis,
      zone,
      height,
      sync,
      zoom: Boolean(range.current),
    });
    options.hooks = {
      setCursor: [
        (self) => {
          setAt(self.cursor.idx ?? null);
          setLeft(
            self.cursor.idx == null
              ? 0
              : self.valToPos(self.data[0][self.cursor.idx] ?? 0, 'x') + self.bbox.left / devicePixelRatio,
          );
        },
      ],
      setSelect: [
        (self) => {
          if (self.select.width < 4) return;
          const from = self.posToVal(self.select.left, 'x');
          const to = self.posToVal(self.select.left + self.select.width, 'x');
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          range.current?.(new Date(from * 1000), new Date(to * 1000));
        },
      ],
    };
    const made = new uPlot(options, data, element);
    plot.current = made;
    const watch = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) made.setSize({ width, height });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look, kind, zone, dark, height, sync]);

  useEffect(() => plot.current?.setData(data), [data]);

  const step = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const self = plot.current;
    if (by === 0 || !self) return;
    event.preventDefault();
    const next = Math.min(buckets.length - 1, Math.max(0, (at ?? (by > 0 ? -1 : buckets.length)) + by));
    self.setCursor({ left: self.valToPos(self.data[0][next] ?? 0, 'x'), top: 10 });
  };

  const bucket = at === null ? undefined : buckets[at];
  const half = (box.current?.clientWidth ?? 0) / 2;
  return (
    <figure className="min-w-0">
      {legend && (
        <figcaption className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft">
          {series.map((one) => (
            <span key={one.label} className="inline-flex items-center gap-1.5">
              <span
                aria-hidden
                className={cx('h-2 w-2 rounded-[2px]', swatches[one.tone], one.dashed && 'opacity-50')}
              />
              {one.label}
            </span>
          ))}
        </figcaption>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing that can be walked through has no element of its own */}
      <div
        role="group"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk through the points
        tabIndex={0}
        dir="ltr"
        onKeyDown={step}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
        className="relative rounded-sm"
      >
        <div ref={box} className="w-full" />
        {bucket && at !== null && (
          <div
            ref={(element) => {
              element?.style.setProperty('left', left > half ? 'auto' : `${left + 10}px`);
              element?.style.setProperty('right', left > half ? `${2 * half - left + 10}px` : 'auto');
            }}
            dir={direction}
            className="floating pointer-events-none absolute top-1 z-10 w-max max-w-64 px-2.5 py-1.5 text-xs"
          >
            <p className="mb-0.5 text-ink-soft">
              {dateAndTime(new Date(bucket.at), zone)}
              {bucket.state === 'incomplete' && ` · ${t('ui.chart.incomplete')}`}
            </p>
            {[...series].reverse().map((one) => (
              <p key={one.label} className="flex items-center gap-1.5">
                <span aria-hidden className={cx('size-2 rounded-[2px]', swatches[one.tone])} />
                <span className="flex-1 truncate pe-3">{one.label}</span>
                <span className="font-mono tabular">{valueText(one.values[at], format)}</span>
              </p>
            ))}
          </div>
        )}
        <span className="sr-only" aria-live="polite">
          {bucket && at !== null && document.activeElement === box.current?.parentElement
            ? [
                dateAndTime(new Date(bucket.at), zone),
                ...series.map((one) => `${one.label}: ${valueText(one.values[at], format)}`),
              ].join(', ')
            : ''}
        </span>
      </div>
    </figure>
  );
}

function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? t('ui.chart.unknown') : format(value);
}

/** Seconds, and for each series its values: stacked ones added to those below. */
function dataOf(
  buckets: ChartProps['buckets'],
  series: readonly ChartSeries[],
  kind: ChartProps['kind'],
): uPlot.AlignedData {
  const seconds = buckets.map((bucket) => Date.parse(bucket.at) / 1000);
  const sums: number[] = seconds.map(() => 0);
  const lines = series.map(({ values }) =>
    seconds.map((_, index) => {
      const value = values[index] ?? null;
      if (kind === 'lines' || value === null) return value;
      sums[index] = (sums[index] ?? 0) + value;
      return sums[index] ?? null;
    }),
  );
  return [seconds, ...lines];
}

interface Drawing {
  element: HTMLElement;
  series: readonly ChartSeries[];
  kind: ChartProps['kind'];
  axis: (value: number) => string;
  zone: string;
  height: number;
  sync?: string;
  zoom: boolean;
}

function optionsOf({ element, series, kind, axis, zone, height, sync, zoom }: Drawing): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const fade = (name: string, part: number) => `color-mix(in oklab, ${color(name)} ${part}%, transparent)`;
  const font = `11px ${style.fontFamily}`;
  const line = { stroke: color('--line'), width: 1 };
  return {
    width: Math.max(100, element.clientWidth),
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    cursor: {
      y: false,
      points: { size: 6, width: 0, fill: (_, index) => color(cssName(series[index - 1]?.tone ?? 'neutral')) },
      drag: { x: zoom, y: false, setScale: false },
      sync: sync ? { key: sync } : undefined,
    },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.06 : 1] } },
    axes: [
      {
        stroke: color('--ink-faint'),
        font,
        grid: { show: false },
        ticks: { ...line, size: 4 },
        size: 26,
        gap: 4,
        space: 72,
        values: (_, splits, __, ___, step) =>
          splits.map((at) =>
            step < 86_400 && !isMidnight(at, zone) ? timeOfDay(at * 1000, zone) : shortDate(at, zone),
          ),
      },
      {
        stroke: color('--ink-faint'),
        font,
        grid: line,
        ticks: { show: false },
        gap: 6,
        space: 36,
        size: (_, values) => Math.max(28, ...(values ?? []).map((text) => text.length * 6.4 + 12)),
        values: (_, splits) => splits.map(axis),
      },
    ],
    bands:
      kind === 'areas'
        ? series.slice(1).map((one, index) => ({
            series: [index + 2, index + 1] as uPlot.Band.Bounds,
            fill: fade(cssName(one.tone), 32),
          }))
        : undefined,
    series: [
      {},
      ...series.map((one, index) => ({
        label: one.label,
        stroke: one.dashed ? fade(cssName(one.tone), 60) : color(cssName(one.tone)),
        width: 1.5,
        dash: one.dashed ? [4, 4] : undefined,
        fill: kind === 'areas' && index === 0 ? fade(cssName(one.tone), 24) : undefined,
        // What has no neighbour makes no line: the first hour of a new installation, for one.
        points: {
          show: true,
          size: 5,
          width: 0,
          fill: color(cssName(one.tone)),
          filter: (plot: uPlot, number: number) => isolated(plot.data[number] ?? []),
        },
        spanGaps: false,
      })),
    ],
  };
}

/** The places of values that have none beside them. */
function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const is = (place: number) => values[place] !== null && values[place] !== undefined;
  return Array.from(values, (_, place) => place).filter(
    (place) => is(place) && !is(place - 1) && !is(place + 1),
  );
}

function isMidnight(seconds: number, zone: string): boolean {
  return timeOfDay(seconds * 1000, zone) === '00:00';
}

function shortDate(seconds: number, zone: string): string {
  return date(seconds * 1000, zone).replace(/,? \d{4}$/, '');
}
