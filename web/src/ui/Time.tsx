import { absoluteTime, exactParts, relativeTime } from '../format/time';
import { cx } from './cx';
import { useNow, useZone } from './now';
import { Tip } from './Tip';
import { useTimes } from './times';

export { useNow, useZone, ZoneContext } from './now';

/**
 * When something was or will be: "3 minutes ago" or "Nov 28, 16:15:45", as the person has chosen for all of them, and
 * the other on hover. None of them is a stop of the keyboard: a table would have hundreds.
 */
export function Time({ at, className }: { at: string | number | Date; className?: string }) {
  const zone = useZone();
  const now = useNow();
  const exact = useTimes() === 'exact';
  const moment = new Date(at);
  const relative = relativeTime(moment, now);
  const absolute = absoluteTime(moment, zone);
  return (
    <Tip text={exact ? `${relative} · ${absolute}` : absolute}>
      <time
        dateTime={moment.toISOString()}
        aria-description={exact ? relative : absolute}
        className={cx(exact ? 'tabular whitespace-normal' : 'whitespace-nowrap', className)}
      >
        {exact ? <Exact parts={exactParts(moment, zone, now)} /> : relative}
      </time>
    </Tip>
  );
}

/** Breaks between day and clock where there is no room for both. */
function Exact({ parts: [day, clock] }: { parts: [string, string] }) {
  return (
    <>
      <span className="whitespace-nowrap">{day},</span> <span className="whitespace-nowrap">{clock}</span>
    </>
  );
}

/** The same as words in a sentence. */
export function useMoment(): (at: Date | number) => string {
  const zone = useZone();
  const now = useNow();
  const exact = useTimes() === 'exact';
  return (at) => (exact ? exactParts(at, zone, now).join(', ') : relativeTime(at, now));
}
