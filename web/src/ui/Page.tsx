import { Link, type LinkProps } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { PageTitle } from './PageTitle';

interface PageProps {
  /** Also the title of the window. */
  title: string;
  /** In place of the plain title, where it has more to show. */
  heading?: ReactNode;
  /** A sentence under the title: what this page is for, or what the thing is. */
  text?: ReactNode;
  /** The page above, for pages of one thing. */
  above?: { label: string; link: LinkProps };
  actions?: ReactNode;
  /** Pages to read are as wide as text; tables take all there is. */
  width?: 'full' | 'text' | 'form';
  children: ReactNode;
}

const widths = { full: '', text: 'max-w-4xl', form: 'max-w-6xl' };

/** The frame of every page: title, what it is for, what can be done, content. */
export function Page({ title, heading, text, above, actions, width = 'full', children }: PageProps) {
  return (
    <div className={cx('px-4 pt-5 pb-16 sm:px-6', widths[width])}>
      {above && (
        <nav className="mb-1 flex items-center gap-1 text-sm text-ink-faint">
          <Link {...above.link} className="rounded-sm hover:text-ink">
            {above.label}
          </Link>
          <ChevronRight className="size-3.5 rtl:rotate-180" aria-hidden />
        </nav>
      )}
      <header className="mb-5 flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-60">
          <PageTitle
            title={title}
            className="text-xl font-semibold tracking-[-0.01em] break-words outline-none"
          >
            {heading}
          </PageTitle>
          {text && <p className="mt-0.5 max-w-3xl text-base text-ink-soft">{text}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: ReactNode;
  text?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A part of a page, under a smaller title. */
export function Section({ title, text, actions, className, children }: SectionProps) {
  return (
    <section className={cx('mb-8', className)}>
      <header className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-48">
          <h2 className="text-base font-semibold">{title}</h2>
          {text && <p className="max-w-prose text-sm text-ink-soft">{text}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}

/** Facts about one thing: a term and what it is, aligned. */
export function Facts({
  items,
}: {
  items: readonly (readonly [ReactNode, ReactNode] | false | null | undefined)[];
}) {
  const rows = items.filter((item): item is readonly [ReactNode, ReactNode] => Boolean(item));
  return (
    <dl className="grid grid-cols-[6rem_minmax(0,1fr)] sm:grid-cols-[8rem_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm">
      {rows.map(([term, value], index) => (
        // Terms may be elements; their places never change.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="contents">
          <dt className="text-ink-faint wrap-anywhere">{term}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
