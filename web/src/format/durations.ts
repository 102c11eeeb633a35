import { t } from '../messages/messages';

/** How long something took, from microseconds: 840 µs, 12.4 ms, 1.20 s, 2 min 5 s */
export function took(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)}\u202fµs`;
  const milliseconds = microseconds / 1000;
  if (milliseconds < 9.995) return `${milliseconds.toFixed(2)}\u202fms`;
  if (milliseconds < 99.95) return `${milliseconds.toFixed(1)}\u202fms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}\u202fms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.995) return `${seconds.toFixed(2)}\u202fs`;
  const rounded = Math.round(seconds);
  return `${Math.floor(rounded / 60)}\u202fmin ${rounded % 60}\u202fs`;
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A span in words, by its two largest units: 1 day 12 hours, 90 seconds as 1 minute 30 seconds */
export function span(seconds: number): string {
  const parts: string[] = [];
  let left = Math.max(0, Math.round(seconds));
  for (const [unit, size] of units) {
    const amount = Math.floor(left / size);
    if (amount > 0) {
      parts.push(t(`ui.span.${unit}`, { count: amount }));
      left -= amount * size;
    } else if (parts.length > 0) {
      break;
    }
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? t('ui.span.second', { count: 0 }) : parts.join(' ');
}
