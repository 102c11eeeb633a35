import type { ReactNode } from 'react';
import { cx } from './cx';

export type Tone = 'neutral' | 'allowed' | 'refused' | 'warning' | 'accent';

const dots: Record<Tone, string> = {
  neutral: 'bg-ink-faint',
  allowed: 'bg-allowed-fill',
  refused: 'bg-refused-fill',
  warning: 'bg-warning-fill',
  accent: 'bg-accent',
};

const fills: Record<Tone, string> = {
  neutral: 'bg-hover text-ink-soft',
  allowed: 'bg-allowed-soft text-allowed',
  refused: 'bg-refused-soft text-refused',
  warning: 'bg-warning-soft text-warning',
  accent: 'bg-accent-soft text-accent-ink',
};

/** The state of something in one word: a dot and the word, calm enough for every row of a table. */
export function Status({ tone, hollow, children }: { tone: Tone; hollow?: boolean; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span
        aria-hidden
        className={cx(
          'size-2 shrink-0 rounded-full',
          hollow ? 'border-[1.5px] border-ink-faint' : dots[tone],
        )}
      />
      {children}
    </span>
  );
}

/** A short mark on something: a verdict, a method, a count. */
export function Badge({
  tone = 'neutral',
  mono,
  children,
}: {
  tone?: Tone;
  mono?: boolean;
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5 items-center rounded-sm px-1.5 text-xs font-medium whitespace-nowrap',
        fills[tone],
        mono && 'font-mono',
      )}
    >
      {children}
    </span>
  );
}
