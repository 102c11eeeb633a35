import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../messages/messages';

interface PageTitleProps {
  /** Also the title of the window. */
  title: string;
  className?: string;
  /** In place of the plain title, where it has more to show. */
  children?: ReactNode;
}

/** The title of what is the whole page, of the good states and the others. */
export function PageTitle({ title, className, children }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} · ${t('shell.product')}`;
  }, [title]);
  const top = useRef<HTMLHeadingElement>(null);
  // What had the focus went away with the page before: who uses the keyboard goes on at the top of this one.
  useEffect(() => {
    const lost = document.activeElement === document.body && navigator.userActivation?.hasBeenActive;
    if (lost) top.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={top} tabIndex={-1} className={className}>
      {children ?? title}
    </h1>
  );
}
