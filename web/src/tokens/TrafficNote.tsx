import { CircleCheck, TriangleAlert } from 'lucide-react';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { cx } from '../ui/cx';
import { Bone } from '../ui/States';
import { Time } from '../ui/Time';

export interface LastHour {
  calls: number;
  /** By address for one token, by token for several. */
  by: { name: string; mono: boolean; calls: number; at?: string }[];
}

interface TrafficNoteProps {
  traffic: LastHour | 'reading' | 'unknown';
  many: boolean;
}

const mostShown = 6;

/** What would be cut off: the calls of the last hour, and by whom. */
export function TrafficNote({ traffic, many }: TrafficNoteProps) {
  if (traffic === 'reading') {
    return (
      <div aria-busy="true" className="flex flex-col gap-2">
        <span className="text-sm text-ink-faint">{t('tokens.revoke.reading')}</span>
        <Bone className="w-1/2" />
      </div>
    );
  }
  if (traffic === 'unknown') return <Line warn>{t('tokens.revoke.unknown')}</Line>;
  if (traffic.calls === 0) return <Line>{t('tokens.revoke.quiet')}</Line>;
  const bold = (parts: React.ReactNode) => <strong className="tabular">{parts}</strong>;
  return (
    <div className="rounded-md bg-warning-soft px-3 py-2.5">
      <Line warn>
        <T
          id={many ? 'tokens.revoke.trafficMany' : 'tokens.revoke.traffic'}
          values={{ calls: traffic.calls, addresses: traffic.by.length, tokens: traffic.by.length, b: bold }}
        />
      </Line>
      <ul className="mt-1.5 ps-6.5 text-sm">
        {traffic.by.slice(0, mostShown).map((one) => (
          <li key={one.name} className="flex items-baseline gap-3 py-0.5">
            <span className={cx('min-w-0 flex-1 truncate', one.mono && 'font-mono text-xs')}>{one.name}</span>
            <span className="tabular">{t('tokens.revoke.callsOf', { calls: one.calls })}</span>
            {one.at && <Time at={one.at} className="w-28 text-end text-ink-soft max-sm:hidden" />}
          </li>
        ))}
        {traffic.by.length > mostShown && (
          <li className="text-ink-soft">
            {t('tokens.moreScopes', { count: count(traffic.by.length - mostShown) })}
          </li>
        )}
      </ul>
    </div>
  );
}

function Line({ warn, children }: { warn?: boolean; children: React.ReactNode }) {
  return (
    <p className="flex items-start gap-2.5 text-sm">
      {warn ? (
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
      ) : (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-ink-faint" aria-hidden />
      )}
      <span>{children}</span>
    </p>
  );
}
