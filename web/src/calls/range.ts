export const presets = ['15m', '1h', '6h', '24h', '7d', '30d', '90d'] as const;
export type Preset = (typeof presets)[number];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const lengths: Record<Preset, number> = {
  '15m': 15 * minute,
  '1h': hour,
  '6h': 6 * hour,
  '24h': day,
  '7d': 7 * day,
  '30d': 30 * day,
  '90d': 90 * day,
};

/** A stretch of time as it stands in an address: back from now, or between two moments. */
export interface RangeSearch {
  range?: Preset;
  from?: string;
  to?: string;
}

export const usual: Preset = '24h';

/** Whether a range is between two moments, and does not move on with the time. */
export function isFixed(search: RangeSearch): boolean {
  return search.from !== undefined || search.to !== undefined;
}

export function presetOf(search: RangeSearch): Preset {
  return search.range ?? usual;
}

/** The beginning, and the end where it is not now. */
export function rangeOf(search: RangeSearch, now: number): { from?: string; to?: string } {
  if (isFixed(search)) return { from: search.from, to: search.to };
  return { from: new Date(now - lengths[presetOf(search)]).toISOString() };
}

export function lengthOf(search: RangeSearch, now: number): number {
  if (!isFixed(search)) return lengths[presetOf(search)];
  const end = search.to ? Date.parse(search.to) : now;
  return Math.max(minute, end - (search.from ? Date.parse(search.from) : end - 30 * day));
}

const steps: readonly (readonly [string, number])[] = [
  ['1m', minute],
  ['5m', 5 * minute],
  ['15m', 15 * minute],
  ['30m', 30 * minute],
  ['1h', hour],
  ['3h', 3 * hour],
  ['6h', 6 * hour],
  ['12h', 12 * hour],
  ['1d', day],
  ['1w', 7 * day],
  ['1mo', 30 * day],
];

/** The time between two points, so that there are at most about so many. */
export function stepOf(search: RangeSearch, now: number, most = 64): string {
  const wanted = lengthOf(search, now) / most;
  return (steps.find(([, length]) => length >= wanted) ?? (['1mo', 0] as const))[0];
}

/** How often charts of a moving range are asked for anew, in milliseconds. */
export function refreshOf(search: RangeSearch): number | false {
  if (isFixed(search)) return false;
  return lengths[presetOf(search)] <= 6 * hour ? 15_000 : 60_000;
}
