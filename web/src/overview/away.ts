import type { CallFilter } from '../calls/filter';
import type { OverviewSearch, spans } from './search';

const storageKey = 'keyward.seen';
const visit = 30 * 60_000;
const shortest = 60 * 60_000;
const longest = 30 * 86_400_000;

interface Seen {
  /** When the visit before this one ended. */
  before?: number;
  /** When the overview was last looked at. */
  last: number;
}

/** What is kept of visits, brought up to a moment. A visit ends when nobody has looked for half an hour. */
export function noted(seen: Seen | undefined, now: number): Seen {
  if (!seen) return { last: now };
  return now - seen.last > visit ? { before: seen.last, last: now } : { ...seen, last: now };
}

/** Since when somebody was away, where it is long enough ago to matter and not longer than one wants to read about. */
export function awaySince({ before }: Seen, now: number): Date | undefined {
  if (before === undefined || now - before < shortest || now - before > longest) return undefined;
  return new Date(before);
}

/** Notes that the overview of a team is looked at, and tells since when it had not been. */
export function look(team: string, now: number): Date | undefined {
  const all = read();
  const seen = noted(all[team], now);
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ...all, [team]: seen }));
  } catch {
    // Without storage the last day is shown.
  }
  return awaySince(seen, now);
}

/** How far back is looked, and what that means for calls. */
export function spanOf(
  { span: wanted }: OverviewSearch,
  since: Date | undefined,
): { span: (typeof spans)[number]; filter: CallFilter } {
  const span = wanted && (wanted !== 'away' || since) ? wanted : since ? 'away' : '24h';
  return { span, filter: span === 'away' ? { from: since?.toISOString() } : { range: span } };
}

function read(): Record<string, Seen> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, Seen>) : {};
  } catch {
    return {};
  }
}
