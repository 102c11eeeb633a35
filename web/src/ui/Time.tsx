import { absoluteTime, relativeTime } from '../format/time';
import { cx } from './cx';
import { useNow, useZone } from './now';
import { Tip } from './Tip';

export { useNow, useZone, ZoneContext } from './now';

/** When something was or will be: "3 minutes ago", with the exact time on hover. */
export function Time({ at, className }: { at: string | number | Date; className?: string }) {
  const zone = useZone();
  const current = useNow();
  const moment = new Date(at);
  return (
    <Tip text={absoluteTime(moment, zone)}>
      <time dateTime={moment.toISOString()} className={cx('whitespace-nowrap', className)}>
        {relativeTime(moment, current)}
      </time>
    </Tip>
  );
}
