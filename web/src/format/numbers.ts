import { language } from '../messages/messages';

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const list = new Intl.ListFormat(language, { type: 'conjunction' });
const either = new Intl.ListFormat(language, { type: 'disjunction' });

/** 12,345 */
export function count(value: number): string {
  return whole.format(value);
}

/** 12.3K, for where there is no room */
export function compact(value: number): string {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

/** 3.2 %: one digit below ten, `< 0.1 %` and `> 99.9 %` where rounding would say nothing or all. */
export function percent(part: number, of: number): string {
  if (of === 0) return '–';
  const value = (part / of) * 100;
  if (part === 0) return '0\u202f%';
  if (part === of) return '100\u202f%';
  if (value < 0.1) return '<\u202f0.1\u202f%';
  if (value > 99.9) return '>\u202f99.9\u202f%';
  return `${value < 10 || value > 99 ? value.toFixed(1) : Math.round(value)}\u202f%`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** 1.4 MB, by thousands */
export function bytes(value: number): string {
  let unit = 0;
  let left = value;
  while (left >= 999.5 && unit < byteUnits.length - 1) {
    left /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && left < 9.95 ? left.toFixed(1) : whole.format(left);
  return `${digits}\u202f${byteUnits[unit]}`;
}

/** a, b, and c */
export function and(items: readonly string[]): string {
  return list.format(items);
}

/** a, b, or c */
export function or(items: readonly string[]): string {
  return either.format(items);
}
