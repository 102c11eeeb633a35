import { took } from '../format/durations';
import { t } from '../messages/messages';
import type { CallRecord } from './queries';

type Part = 'decide' | 'queue' | 'connect' | 'wait' | 'answer';

const fills: Record<Part, string> = {
  decide: 'fill-accent',
  queue: 'fill-warning-fill',
  connect: 'fill-(--series-2)',
  wait: 'fill-(--series-1)',
  answer: 'fill-(--series-3)',
};

/** The parts of a call in their order. What is left once they are taken from the whole went into handing the answer over. */
function partsOf({ timing, target }: CallRecord): { part: Part; from: number; length: number }[] {
  const lengths: [Part, number][] = [
    ['decide', timing.decide_us],
    ['queue', timing.queue_us ?? 0],
    ['connect', timing.connect_us],
    ['wait', timing.first_byte_us],
  ];
  const sum = lengths.reduce((all, [, length]) => all + length, 0);
  lengths.push(['answer', Math.max(0, timing.total_us - sum)]);
  let from = 0;
  return lengths
    .map(([part, length]) => {
      const one = { part, from, length };
      from += length;
      return one;
    })
    .filter(({ part, length }) => part === 'decide' || length > 0 || (part === 'wait' && Boolean(target)));
}

/** How long each part of a call took, one after the other. */
export function Waterfall({ record }: { record: CallRecord }) {
  const parts = partsOf(record);
  const last = parts.at(-1);
  const whole = Math.max(1, record.timing.total_us, last ? last.from + last.length : 0);
  return (
    <div>
      <dl className="text-xs">
        {parts.map(({ part, from, length }) => (
          <div key={part} className="grid h-6 grid-cols-[8.5rem_minmax(0,1fr)_4.5rem] items-center gap-3">
            <dt className="truncate text-ink-soft">{t(`calls.timing.${part}`)}</dt>
            <dd className="contents">
              <svg
                viewBox="0 0 1000 8"
                preserveAspectRatio="none"
                aria-hidden="true"
                className="h-2 w-full rounded-[2px] bg-hover rtl:-scale-x-100"
              >
                <rect
                  x={Math.min(994, (from / whole) * 1000)}
                  y={0}
                  width={Math.max(6, (length / whole) * 1000)}
                  height={8}
                  className={fills[part]}
                />
              </svg>
              <span className="text-end font-mono tabular">{took(length)}</span>
            </dd>
          </div>
        ))}
        <div className="mt-1 grid grid-cols-[8.5rem_minmax(0,1fr)_4.5rem] gap-3 border-t pt-1.5">
          <dt className="font-medium">{t('calls.timing.total')}</dt>
          <dd className="col-start-3 text-end font-mono font-medium tabular">
            {took(record.timing.total_us)}
          </dd>
        </div>
      </dl>
      {Boolean(record.retries) && (
        <p className="mt-1 text-xs text-warning">
          {t('calls.timing.retries', { count: record.retries ?? 0 })}
        </p>
      )}
    </div>
  );
}
