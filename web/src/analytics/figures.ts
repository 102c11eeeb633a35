import { percent } from '../format/numbers';
import type { Chart, Figures } from './queries';

/** The whole of a chart of one series. */
export function totalOf(chart: Chart): Figures | null {
  return chart.series[0]?.total ?? null;
}

/** The whole of the range before; null where it was not recorded, or only in part, and so is no measure. */
export function totalBefore(chart: Chart): Figures | null {
  if (!isBeforeKnown(chart)) return null;
  return chart.series[0]?.previous?.total ?? null;
}

export function isBeforeKnown(chart: Chart): boolean {
  const buckets = chart.previous?.buckets ?? [];
  return buckets.length > 0 && buckets.every(({ state }) => state === 'complete');
}

/** A part of a hundred, or null where there was nothing that it could be part of. */
export function rate(part: number, of: number): number | null {
  return of === 0 ? null : (part / of) * 100;
}

/** 3.2 %, 14 %, of a part of a hundred */
export function percentText(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}\u202f%`;
}

/** By how much something changed, of what it was: 0.12 for 12 % more; null where that cannot be said. */
export function change(now: number | null | undefined, before: number | null | undefined): number | null {
  if (now == null || before == null || before === 0) return null;
  return now / before - 1;
}

/** How much a change is, without its direction: 12 %, or 2.3 × where it is more than twice as much. */
export function changeText(by: number): string {
  return by >= 1 ? `${by >= 9 ? Math.round(by + 1) : (by + 1).toFixed(1)}\u202f×` : percent(Math.abs(by), 1);
}

/** Stretches of time in which nothing was recorded, the future apart. */
export function gaps(chart: Chart, now: number): { from: string; to: string }[] {
  const found: { from: string; to: string }[] = [];
  chart.buckets.forEach((bucket, index) => {
    if (bucket.state !== 'unknown' || Date.parse(bucket.at) > now) return;
    const end = chart.buckets[index + 1]?.at ?? chart.to;
    const last = found.at(-1);
    if (last && last.to === bucket.at) last.to = end;
    else found.push({ from: bucket.at, to: end });
  });
  return found;
}
