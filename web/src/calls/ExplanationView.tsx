import { Check, Minus, X } from 'lucide-react';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { Badge } from '../ui/Badge';
import { cx } from '../ui/cx';

type Explanation = Schemas['Explanation'];
type CheckResult = Schemas['Check'];

interface ExplanationViewProps {
  explanation: Explanation;
  /** Where the outcome stands above it already. */
  bare?: boolean;
}

/** Why a call is allowed or refused: the outcome, then each check with what it saw and the rule it held it against. */
export function ExplanationView({ explanation, bare }: ExplanationViewProps) {
  const failed = explanation.checks.find((check) => check.verdict === 'fail');
  return (
    <div>
      <p className="flex flex-wrap items-center gap-2 text-base">
        {!bare && (
          <>
            <Badge tone={explanation.allowed ? 'allowed' : 'refused'}>
              {t(explanation.allowed ? 'calls.allowed' : 'calls.refused')}
            </Badge>
            {explanation.code && <code className="font-mono text-xs text-ink-soft">{explanation.code}</code>}
          </>
        )}
        <span>{explanation.code ? explanation.summary : t('calls.explanation.allowed')}</span>
      </p>
      {failed?.remedy && failed.check !== 'upstream' && (
        <p className="mt-1 text-base text-ink-soft">
          {t('calls.explanation.remedy', { remedy: failed.remedy.replace(/\.$/, '') })}
        </p>
      )}
      {explanation.note && <p className="mt-1 text-sm text-warning">{explanation.note}</p>}
      <ol className="mt-3 border-t">
        {explanation.checks.map((check) => (
          <CheckRow key={check.check} check={check} />
        ))}
      </ol>
    </div>
  );
}

const verdicts = {
  pass: { icon: Check, look: 'text-allowed' },
  fail: { icon: X, look: 'text-refused' },
  skip: { icon: Minus, look: 'text-ink-faint' },
};

function CheckRow({ check }: { check: CheckResult }) {
  const { icon: Icon, look } = verdicts[check.verdict];
  const skipped = check.verdict === 'skip';
  return (
    <li
      className={cx(
        'grid grid-cols-[1rem_6.5rem_minmax(0,1fr)] items-start gap-x-3 border-b px-1 py-2 text-sm max-sm:grid-cols-[1rem_minmax(0,1fr)]',
        check.verdict === 'fail' && 'bg-refused-soft',
      )}
    >
      <Icon className={cx('mt-0.5 size-4', look)} aria-hidden />
      <span className={cx('font-medium', skipped && 'font-normal text-ink-faint')}>
        {t(`calls.check.${check.check}`)}
        <span className="sr-only"> {t(`calls.verdict.${check.verdict}`)}</span>
      </span>
      <span className="min-w-0 max-sm:col-start-2">
        <span className={cx('block font-mono text-xs leading-5 break-words', skipped && 'text-ink-faint')}>
          {check.seen}
        </span>
        <span className={cx('block text-xs break-words', skipped ? 'text-ink-faint' : 'text-ink-soft')}>
          {check.rule}
        </span>
      </span>
    </li>
  );
}
