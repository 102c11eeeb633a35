import { Check, Minus, X } from 'lucide-react';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { hasMessage, type MessageId, t } from '../messages/messages';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';

type CheckOf = Schemas['Check'];

/** What Keyward would decide, and the checks that led there. */
export function Decision({ explanation, stale }: { explanation: Schemas['Explanation']; stale: boolean }) {
  const { allowed, code, summary, checks } = explanation;
  const [all, setAll] = useState(false);
  const made = checks.filter(({ verdict }) => verdict !== 'skip');
  const rest = checks.length - made.length;
  return (
    <section className={cx('transition-opacity', stale && 'opacity-50')}>
      <p className="mb-1 flex flex-wrap items-center gap-2">
        <Badge tone={allowed ? 'allowed' : 'refused'}>
          {t(allowed ? 'apis.try.allowed' : 'apis.try.refused')}
        </Badge>
        {code && <code className="font-mono text-xs">{code}</code>}
      </p>
      <p className="mb-3 text-base">{summary}</p>
      <ol className="border-t text-sm">
        {(all ? checks : made).map((check) => (
          <CheckRow key={check.check} check={check} />
        ))}
      </ol>
      {rest > 0 && (
        <Button size="sm" tone="quiet" className="mt-2 -ms-2" onClick={() => setAll(!all)}>
          {t(all ? 'apis.try.hideNotMade' : 'apis.try.notMade', { count: rest })}
        </Button>
      )}
    </section>
  );
}

function CheckRow({ check }: { check: CheckOf }) {
  const { verdict, seen, rule, remedy } = check;
  const skipped = verdict === 'skip';
  return (
    <li className={cx('flex gap-3 border-b py-2', skipped && 'text-ink-faint')}>
      <span
        className={cx('mt-0.5', verdict === 'pass' && 'text-allowed', verdict === 'fail' && 'text-refused')}
      >
        {verdict === 'pass' ? (
          <Check className="size-4" aria-hidden />
        ) : verdict === 'fail' ? (
          <X className="size-4" aria-hidden />
        ) : (
          <Minus className="size-4" aria-hidden />
        )}
        <span className="sr-only">{t(`apis.verdict.${verdict}`)}</span>
      </span>
      <div className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[7rem_minmax(0,1fr)]">
        <span className={cx(!skipped && 'font-medium')}>{checkName(check.check)}</span>
        <div className="min-w-0">
          <p className="break-words">
            <span className="font-mono text-xs">{seen}</span>
          </p>
          <p className="break-words text-ink-faint">{rule}</p>
          {remedy && <p className="text-ink-soft">{remedy}</p>}
        </div>
      </div>
    </li>
  );
}

/** `well_formed` as it is called elsewhere, or as words. */
function checkName(check: string): string {
  const id: string = `calls.check.${check}`;
  return hasMessage(id) ? t(id as MessageId) : check.replaceAll('_', ' ');
}
