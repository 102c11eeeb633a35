import { CircleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ProblemError } from '../api/problem';
import { span } from '../format/durations';
import { t } from '../messages/messages';
import { ProblemNote } from '../ui/States';
import { wasCancelled, wasThereAlready } from './passkey';

/** Why signing in, or proving a second factor, did not work. */
export function SignInProblem({ error }: { error: unknown }) {
  if (!error) return null;
  if (error instanceof ProblemError && error.code === 'sign_in_throttled')
    return <Throttled key={error.problem.request_id} seconds={error.problem.retry_after ?? 60} />;
  if (error instanceof ProblemError && error.code === 'sign_in_failed')
    return <Note title={t('session.failed.title')} text={t('session.failed.text')} />;
  if (wasCancelled(error))
    return <Note title={t('session.passkey.cancelled.title')} text={t('session.passkey.cancelled.text')} />;
  if (wasThereAlready(error))
    return <Note title={t('session.passkey.there.title')} text={t('session.passkey.there.text')} />;
  if (error instanceof DOMException)
    return <Note title={t('session.passkey.failed.title')} text={t('session.passkey.failed.text')} />;
  return <ProblemNote error={error} />;
}

function Note({ title, text }: { title: string; text: string }) {
  return (
    <div role="alert" className="flex gap-2.5 rounded-md bg-refused-soft px-3 py-2.5">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-refused" aria-hidden />
      <div className="min-w-0 text-sm">
        <p className="font-medium text-refused">{title}</p>
        <p className="text-ink-soft">{text}</p>
      </div>
    </div>
  );
}

/** Counts down until another attempt is taken. */
function Throttled({ seconds }: { seconds: number }) {
  const [until] = useState(() => Date.now() + seconds * 1000);
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
    return () => clearInterval(timer);
  }, [until]);
  if (left === 0)
    return (
      <p role="status" className="text-sm text-ink-soft">
        {t('session.throttled.over')}
      </p>
    );
  return (
    <div className="flex gap-2.5 rounded-md bg-warning-soft px-3 py-2.5">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
      <div className="min-w-0 text-sm">
        <p role="alert" className="font-medium text-warning">
          {t('session.throttled.title')}
        </p>
        <p className="text-ink-soft tabular">{t('session.throttled.text', { span: span(left) })}</p>
      </div>
    </div>
  );
}
