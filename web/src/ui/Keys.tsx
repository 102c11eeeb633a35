import type { ReactNode } from 'react';

/** A key cap. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-grid h-5 min-w-5 place-items-center rounded-sm border border-line-strong bg-surface px-1 font-sans text-xs text-ink-soft">
      {children}
    </kbd>
  );
}
