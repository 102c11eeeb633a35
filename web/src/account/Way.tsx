import type { ReactNode } from 'react';

interface WayProps {
  icon: ReactNode;
  title: string;
  state?: ReactNode;
  text: string;
  action?: ReactNode;
  children?: ReactNode;
}

/** One way to prove who one is. */
export function Way({ icon, title, state, text, action, children }: WayProps) {
  return (
    <div className="border-t py-4 first:border-t-0 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <h3 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-base font-medium">
            <span className="flex items-center gap-2">
              <span className="text-ink-faint">{icon}</span>
              {title}
            </span>
            {state && <span className="text-sm font-normal text-ink-soft">{state}</span>}
          </h3>
          <p className="mt-0.5 text-sm text-ink-soft">{text}</p>
        </div>
        {action}
      </div>
      <div className="mt-3 empty:hidden">{children}</div>
    </div>
  );
}
