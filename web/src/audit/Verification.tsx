import { useQuery } from '@tanstack/react-query';
import { RefreshCw, ShieldAlert, ShieldCheck } from 'lucide-react';
import { t } from '../messages/messages';
import { Button, IconButton, Spinner } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { problemText } from '../ui/States';
import { Time } from '../ui/Time';
import { Tip } from '../ui/Tip';
import { type Trail, verificationQuery } from './queries';

/** Whether every event is as it was written, and none is missing. */
export function Verification({ trail }: { trail: Trail }) {
  const query = useQuery(verificationQuery(trail));
  const { data } = query;
  const again = () => void query.refetch();
  if (!data && query.isError)
    return (
      <p className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-soft">
        {t('audit.verify.failed', { why: problemText(query.error).text })}
        <Button size="sm" tone="quiet" onClick={again}>
          {t('ui.retry')}
        </Button>
      </p>
    );
  if (!data)
    return (
      <p role="status" className="mb-4 flex h-7 items-center gap-2 text-sm text-ink-faint">
        <Spinner /> {t('audit.verify.running')}
      </p>
    );
  if (!data.sound)
    return (
      <div role="alert" className="mb-4 flex gap-2.5 rounded-md bg-refused-soft px-3 py-2.5">
        <ShieldAlert className="mt-0.5 size-4 shrink-0 text-refused" aria-hidden />
        <div className="min-w-0 flex-1 text-sm">
          <p className="font-medium text-refused">
            {t('audit.verify.broken', { place: data.broken_at ?? 0 })}
          </p>
          <p className="text-ink-soft">{data.problem}</p>
          <p className="text-ink-soft">{t('audit.verify.broken.text')}</p>
        </div>
        <Button size="sm" busy={query.isFetching} onClick={again}>
          {t('audit.verify.again')}
        </Button>
      </div>
    );
  return (
    <div className="mb-4 flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <ShieldCheck className="size-4 shrink-0 text-allowed" aria-hidden />
      <span className="font-medium">{t('audit.verify.sound', { count: data.events ?? 0 })}</span>
      <span className="text-ink-faint">
        {t('audit.verify.checked')} <Time at={query.dataUpdatedAt} />
      </span>
      <Tip text={t('audit.verify.again')}>
        <IconButton size="sm" label={t('audit.verify.again')} disabled={query.isFetching} onClick={again}>
          {query.isFetching ? <Spinner /> : <RefreshCw className="size-3.5" aria-hidden />}
        </IconButton>
      </Tip>
      {data.head && (
        <span className="flex min-w-0 items-center gap-1 text-ink-faint max-lg:hidden">
          <Tip text={t('audit.verify.head.tip')}>
            <span className="font-mono text-xs">
              {t('audit.verify.head', { hash: data.head.slice(0, 12) })}
            </span>
          </Tip>
          <CopyButton text={data.head} what={t('audit.verify.head.what')} />
        </span>
      )}
    </div>
  );
}
