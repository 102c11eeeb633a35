import { language } from '../messages/messages';

const formats = new Map<string, { time: Intl.DateTimeFormat; day: Intl.DateTimeFormat }>();

/** 16:15:45.082, and the day before it where that is not today: Nov 27 */
export function callTime(at: string, zone: string, now: number): { day?: string; time: string } {
  let format = formats.get(zone);
  if (!format) {
    format = {
      time: new Intl.DateTimeFormat(language, {
        timeZone: zone,
        hourCycle: 'h23',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        fractionalSecondDigits: 3,
      }),
      day: new Intl.DateTimeFormat(language, { timeZone: zone, month: 'short', day: 'numeric' }),
    };
    formats.set(zone, format);
  }
  const moment = new Date(at);
  const day = format.day.format(moment);
  return { day: day === format.day.format(now) ? undefined : day, time: format.time.format(moment) };
}
