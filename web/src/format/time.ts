import { language } from '../messages/messages';

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'long' });

const day = 86_400;

/** Units, how many seconds they have, and from how many on they are used. */
const steps: [Intl.RelativeTimeFormatUnit, number, number][] = [
  ['year', 365 * day, 365 * day],
  ['month', 30 * day, 60 * day],
  ['day', day, day],
  ['hour', 3600, 3600],
  ['minute', 60, 60],
];

/**
 * 3 minutes ago, in 6 days. Rounded down, so that nothing is said to have lasted longer than it did, or to last longer
 * than it will by more than a twenty-fourth: what was made a moment ago for 30 days ends in 30, not in 29. `yesterday`
 * and the like are left to the calendar and so not used.
 */
export function relativeTime(at: Date | number, now: Date | number): string {
  const seconds = Math.round((Number(at) - Number(now)) / 1000);
  const size = Math.abs(seconds);
  for (const [unit, length, from] of steps) {
    const reached = seconds > 0 ? size + Math.floor(length / 24) : size;
    if (reached >= from) return numericOnly.format(Math.sign(seconds) * Math.floor(reached / length), unit);
  }
  if (size < 10) return relative.format(0, 'second');
  return numericOnly.format(seconds, 'second');
}

const numericOnly = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'long' });

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: 'h23', ...options });
    formats.set(key, found);
  }
  return found;
}

/** Sat, Nov 28, 2026, 16:15:45 UTC */
export function absoluteTime(at: Date | number, zone: string): string {
  return format(zone, {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(at);
}

/** Nov 28 and 16:15:45. With the year where it is not this one, and without the seconds then. */
export function exactParts(at: Date | number, zone: string, now: Date | number): [string, string] {
  const year = format(zone, { year: 'numeric' });
  const thisYear = year.format(at) === year.format(now);
  const day = { month: 'short', day: 'numeric' } as const;
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  return [
    format(zone, thisYear ? day : { year: 'numeric', ...day }).format(at),
    format(zone, thisYear ? { ...clock, second: '2-digit' } : clock).format(at),
  ];
}

/** Nov 28, 2026 */
export function date(at: Date | number, zone: string): string {
  return format(zone, { year: 'numeric', month: 'short', day: 'numeric' }).format(at);
}

/** Sat, Nov 28, 2026, 16:15 */
export function dateAndTime(at: Date | number, zone: string): string {
  return format(zone, {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

/** 16:15 */
export function timeOfDay(at: Date | number, zone: string): string {
  return format(zone, { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** How far the zone's clock is ahead of UTC at a moment, in milliseconds. */
function offset(at: number, zone: string): number {
  const parts = new Map(
    format(zone, {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour') % 24,
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}

/** The moment at which a day (`2026-12-24`) ends in a zone: the midnight after it. */
export function endOfDay(day: string, zone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`) + 86_400_000;
  const first = wall - offset(wall, zone);
  // The offset may be another on the other side of a change of the clocks.
  return new Date(wall - offset(first, zone));
}

/** The day (`2026-12-24`) that a moment falls on in a zone. */
export function dayOf(at: Date | number, zone: string): string {
  return new Date(Number(at) + offset(Number(at), zone)).toISOString().slice(0, 10);
}
