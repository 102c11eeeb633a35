import type { UseQueryResult } from '@tanstack/react-query';
import { CircleAlert, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { ProblemError } from '../api/problem';
import { span } from '../format/durations';
import { relativeTime } from '../format/time';
import { t } from '../messages/messages';
import { Button } from './Button';
import { CopyButton } from './CopyButton';
import { cx } from './cx';
import { ReturnsFocus } from './focus';
import { useNow } from './now';
import { PageTitle } from './PageTitle';

/** What these states are called: a heading of the page, or that of all of it. */
function Title({ heading, title }: { heading: 'h1' | 'h2'; title: string }) {
  const look = 'text-lg font-semibold outline-none';
  return heading === 'h1' ? <PageTitle title={title} className={look} /> : <h2 className={look}>{title}</h2>;
}

interface EmptyProps {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2';
  className?: string;
}

/** Nothing there yet: says what would stand here, and how it comes to be. */
export function Empty({ title, text, action, heading = 'h2', className }: EmptyProps) {
  return (
    <div className={cx('mx-auto flex max-w-md flex-col items-center px-4 py-16 text-center', className)}>
      <Title heading={heading} title={title} />
      {text && <p className="mt-1 text-base text-balance text-ink-soft">{text}</p>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** Filters that nothing fits. */
export function NoResult({ onClear }: { onClear: () => void }) {
  return (
    <Empty
      title={t('ui.noResult.title')}
      text={t('ui.noResult.text')}
      action={
        <>
          <Button onClick={onClear}>{t('ui.noResult.clear')}</Button>
          <ReturnsFocus />
        </>
      }
    />
  );
}

/** What a problem says, in words for a person. */
export function problemText(error: unknown): { title: string; text: string } {
  if (!(error instanceof ProblemError))
    return { title: t('ui.error.page.title'), text: t('ui.error.page.text') };
  const { code, problem } = error;
  if (code === 'unreachable' || code === 'unexpected' || (code === 'internal' && !problem.detail))
    return { title: t(`ui.error.${code}.title`), text: t(`ui.error.${code}.text`) };
  // What programs are told who send nothing; in a browser it is the session that is missing.
  if (code === 'token_missing')
    return { title: t('places.signedOut.title'), text: t('places.signedOut.text') };
  const retry =
    problem.retry_after == null ? '' : ` ${t('ui.error.retryAfter', { span: span(problem.retry_after) })}`;
  return { title: problem.title || t('ui.error.reading'), text: `${problem.detail}${retry}` };
}

/** Something could not be read: what, why, and what to do. */
export function ErrorState({
  error,
  onRetry,
  heading = 'h2',
  className,
}: {
  error: unknown;
  onRetry?: () => void;
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2';
  className?: string;
}) {
  const { title, text } = problemText(error);
  const isFinal = error instanceof ProblemError && ['not_found', 'right_missing'].includes(error.code);
  return (
    <div
      role="alert"
      className={cx('mx-auto flex max-w-lg flex-col items-center px-4 py-16 text-center', className)}
    >
      <Title heading={heading} title={title} />
      <p className="mt-1 text-base text-balance text-ink-soft">
        <Prose text={text} />
      </p>
      {onRetry && !isFinal && (
        <Button className="mt-4" onClick={onRetry} icon={<RefreshCw className="size-3.5" aria-hidden />}>
          {t('ui.retry')}
        </Button>
      )}
      <ReturnsFocus />
      <RequestId error={error} className="mt-4 justify-center" />
    </div>
  );
}

/** A change that was refused, above the buttons of its form. Errors of single fields stand at their fields instead. */
export function ProblemNote({ error, className }: { error: unknown; className?: string }) {
  if (!error) return null;
  const { title, text } = problemText(error);
  return (
    <div role="alert" className={cx('flex gap-2.5 rounded-md bg-refused-soft px-3 py-2.5', className)}>
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-refused" aria-hidden />
      <div className="min-w-0 text-sm">
        <p className="font-medium text-refused">{title}</p>
        <p className="text-ink-soft">
          <Prose text={text} />
        </p>
        <RequestId error={error} className="mt-1" />
      </div>
    </div>
  );
}

/** A sentence of the API, which puts names of things between backticks. */
function Prose({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      <code key={part} className="font-mono text-[0.92em]">
        {part}
      </code>
    ) : (
      part
    ),
  );
}

function RequestId({ error, className }: { error: unknown; className?: string }) {
  const id = error instanceof ProblemError ? error.problem.request_id : '';
  if (!id) return null;
  return (
    <p className={cx('flex items-center gap-1 text-xs text-ink-faint', className)}>
      {t('ui.error.request')} <code className="font-mono">{id}</code>
      <CopyButton text={id} what={t('ui.error.request')} />
    </p>
  );
}

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** As tall and wide as what it stands for. */
  skeleton: ReactNode;
  /** Whether it is the whole page, which then has no other heading. */
  page?: boolean;
  children: (data: T) => ReactNode;
}

/** What a query answers: a skeleton before, the reason when it failed, and a word on top when what is seen is old. */
export function Loaded<T>({ query, skeleton, page, children }: LoadedProps<T>) {
  if (query.data !== undefined)
    return (
      <>
        <Stale query={query} />
        {children(query.data)}
      </>
    );
  if (query.isError)
    return (
      <ErrorState error={query.error} heading={page ? 'h1' : 'h2'} onRetry={() => void query.refetch()} />
    );
  return <Pending>{skeleton}</Pending>;
}

/** Around the skeleton of what is being read, which cannot be heard. */
export function Pending({ children }: { children: ReactNode }) {
  return (
    <div aria-busy="true">
      <span role="status" className="sr-only">
        {t('ui.loading')}
      </span>
      {children}
    </div>
  );
}

type Refreshable = Pick<UseQueryResult, 'isRefetchError' | 'dataUpdatedAt' | 'isFetching' | 'refetch'>;

/** Said above data whose refresh failed. Nothing otherwise. */
export function Stale({ query }: { query: Refreshable }) {
  const now = useNow();
  if (!query.isRefetchError) return null;
  return (
    <div
      role="status"
      className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-warning-soft px-3 py-1.5 text-sm text-warning"
    >
      <span className="flex-1">{t('ui.stale', { when: relativeTime(query.dataUpdatedAt, now) })}</span>
      <Button size="sm" tone="quiet" busy={query.isFetching} onClick={() => void query.refetch()}>
        {t('ui.retry')}
      </Button>
      <ReturnsFocus />
    </div>
  );
}

/** A grey bar in place of a line of text. */
export function Bone({ className }: { className?: string }) {
  return <span aria-hidden className={cx('skeleton block h-3.5', className)} />;
}
