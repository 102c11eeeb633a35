import { ChevronRight } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cx } from './cx';

interface DisclosureProps {
  title: ReactNode;
  /** What is in it, for those who wonder whether to look. */
  text?: ReactNode;
  /** Changes when errors have come in: it opens when one of them lies within. */
  errors?: unknown;
  startOpen?: boolean;
  children: ReactNode;
}

/** What most people need not see. It stays in the document while it is closed, so that nothing in it is lost. */
export function Disclosure({ title, text, errors, startOpen = false, children }: DisclosureProps) {
  const [open, setOpen] = useState(startOpen);
  const content = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!errors) return;
    // The fields show their errors in the same turn; they are looked for after it.
    const timer = setTimeout(() => {
      if (content.current?.querySelector('[data-invalid]')) setOpen(true);
    });
    return () => clearTimeout(timer);
  }, [errors]);
  return (
    <div className="border-t">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="group flex w-full items-center gap-2 py-3 text-start"
      >
        <ChevronRight
          className={cx(
            'size-4 shrink-0 text-ink-faint transition-transform',
            open ? 'rotate-90' : 'rtl:rotate-180',
          )}
          aria-hidden
        />
        <span className="text-base font-semibold group-hover:underline">{title}</span>
        {text && <span className="min-w-0 truncate text-sm text-ink-faint max-sm:hidden">{text}</span>}
      </button>
      <div id={id} ref={content} hidden={!open}>
        {children}
      </div>
    </div>
  );
}
