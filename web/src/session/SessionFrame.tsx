import { type ReactNode, useEffect } from 'react';
import { t } from '../messages/messages';
import { Mark } from '../shell/Mark';

interface SessionFrameProps {
  title: string;
  text?: ReactNode;
  children?: ReactNode;
  /** Below the card, in small letters. */
  below?: ReactNode;
}

/** Around the pages of somebody who is not signed in yet. */
export function SessionFrame({ title, text, children, below }: SessionFrameProps) {
  useEffect(() => {
    document.title = `${title} · ${t('shell.product')}`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col items-center bg-canvas px-4 pt-[max(2rem,12vh)] pb-12">
      <main className="flex w-full max-w-[25rem] flex-col gap-6">
        <p className="flex items-center gap-2 px-0.5 text-lg font-semibold tracking-[-0.01em]">
          <Mark className="size-6 text-accent-ink" />
          {t('shell.product')}
        </p>
        <div className="rounded-lg border bg-surface p-6 max-sm:p-5">
          <h1 className="text-xl font-semibold tracking-[-0.01em] text-balance break-words">{title}</h1>
          {text && <div className="mt-1 text-base text-ink-soft">{text}</div>}
          {children && <div className="mt-5">{children}</div>}
        </div>
        {below && <div className="px-0.5 text-sm text-ink-soft">{below}</div>}
      </main>
    </div>
  );
}
