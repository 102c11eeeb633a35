import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';

/** A filter that is on or off. */
export function FilterChip({
  on,
  onChange,
  children,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => onChange(!on)}
      className={cx(
        'inline-flex h-7 shrink-0 items-center gap-1.5 rounded-full border px-2.5 text-sm whitespace-nowrap transition-colors',
        on
          ? 'border-accent-ink bg-accent-soft text-accent-ink'
          : 'border-line-strong text-ink-soft hover:bg-hover hover:text-ink',
      )}
    >
      {children}
      {on && <X className="size-3.5" aria-hidden />}
    </button>
  );
}

/** A value that was chosen and can be taken away. */
export function ValueChip({ what, onRemove, mono }: { what: string; onRemove: () => void; mono?: boolean }) {
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center rounded-sm bg-hover ps-2 text-sm',
        mono && 'font-mono text-xs',
      )}
    >
      {what}
      <button
        type="button"
        aria-label={t('ui.remove.what', { what })}
        onClick={onRemove}
        className="grid size-6 place-items-center rounded-sm text-ink-faint hover:text-ink"
      >
        <X className="size-3" aria-hidden />
      </button>
    </span>
  );
}
