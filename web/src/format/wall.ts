import { endOfDay } from './time';

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock of a zone shows at a moment, as a field for date and time wants it: `2026-12-24T18:30`. */
export function wallOf(at: Date | number, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** The moment at which the clock of a zone shows this; of an hour that comes twice the first. */
export function momentOf(wall: string, zone: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(wall)) return undefined;
  const asUtc = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const around = endOfDay(wall.slice(0, 10), zone).getTime();
  for (let hours = 26; hours >= -2; hours -= 0.25) {
    const at = new Date(around - hours * 3_600_000);
    if (wallOf(at, zone).slice(0, 13) === wall.slice(0, 13)) {
      const minutes = Number(wall.slice(14)) - Number(wallOf(at, zone).slice(14));
      return new Date(at.getTime() + minutes * 60_000);
    }
  }
  return new Date(asUtc);
}
