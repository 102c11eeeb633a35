import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { Badge } from '../ui/Badge';
import { Code } from '../ui/Code';

interface AnswerViewProps {
  answer: Schemas['TestAnswer'];
  className?: string;
}

/** What a call that was tried was answered. */
export function AnswerView({ answer, className }: AnswerViewProps) {
  const { status, took_ms, headers, body, cut } = answer;
  const type = headers.find(([name]) => name === 'content-type')?.[1];
  return (
    <section className={className}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <Badge mono tone={status < 400 ? 'allowed' : 'refused'}>
          {status}
        </Badge>
        <span className="text-ink-soft">{t('calls.answer.took', { ms: took_ms })}</span>
        {type && <span className="font-mono text-xs text-ink-faint">{type}</span>}
      </p>
      {body && <Code text={pretty(body, type)} what={t('calls.answer.body')} wrap className="mt-2" />}
      {cut && <p className="mt-1.5 text-sm text-ink-faint">{t('calls.answer.cut')}</p>}
    </section>
  );
}

/** JSON is indented, everything else left as it came. */
function pretty(body: string, type: string | undefined): string {
  if (!type?.includes('json')) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
