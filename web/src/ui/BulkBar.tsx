import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { ReturnsFocus } from './focus';

interface BulkBarProps {
  count: number;
  onClear: () => void;
  children: ReactNode;
}

/** What can be done with the selected rows; comes up at the bottom while there are any. */
export function BulkBar({ count, onClear, children }: BulkBarProps) {
  if (count === 0) return null;
  return (
    <div
      role="toolbar"
      aria-label={t('ui.table.selected', { count })}
      className="floating fixed inset-x-0 bottom-4 z-30 mx-auto flex w-fit max-w-[calc(100vw-2rem)] flex-wrap items-center gap-2 px-3 py-2"
    >
      <ReturnsFocus />
      <span className="px-1 text-sm font-medium tabular">{t('ui.table.selected', { count })}</span>
      {children}
      <button type="button" onClick={onClear} className="px-1 text-sm text-ink-soft hover:text-ink">
        {t('ui.table.clearSelection')}
      </button>
    </div>
  );
}
