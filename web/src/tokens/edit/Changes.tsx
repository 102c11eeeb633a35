import { TriangleAlert } from 'lucide-react';
import { t } from '../../messages/messages';
import { cx } from '../../ui/cx';
import type { Change } from './changes';

/** What saving would change: what goes, what comes, and whether the token can then do more. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  const widening = changes.some((change) => change.widens);
  return (
    <section aria-label={t('tokens.edit.changes')} className="rounded-lg border bg-canvas p-4">
      <h2 className="text-xs font-medium text-ink-faint">{t('tokens.edit.changes')}</h2>
      {changes.length === 0 && <p className="mt-1 text-sm text-ink-soft">{t('tokens.edit.changes.none')}</p>}
      <dl>
        {changes.map(({ facet, term, removed, added, widens }) => (
          <div key={facet} className="mt-3 min-w-0">
            <dt className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm font-medium">
              {term}
              {widens && (
                <span className="text-xs font-normal text-warning">{t('tokens.edit.widens.here')}</span>
              )}
            </dt>
            <dd className="mt-1 flex flex-col gap-0.5 text-sm">
              {removed.map((word) => (
                <Side key={word} sign="−" label={t('tokens.edit.before')} word={word} />
              ))}
              {added.map((word) => (
                <Side key={word} sign="+" label={t('tokens.edit.after')} word={word} added />
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div role="status">
        {changes.length > 0 &&
          (widening ? (
            <p className="mt-4 flex gap-2 text-sm text-warning">
              <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
              {t('tokens.edit.widens')}
            </p>
          ) : (
            <p className="mt-4 text-sm text-ink-soft">{t('tokens.edit.widensNot')}</p>
          ))}
      </div>
    </section>
  );
}

interface SideProps {
  sign: string;
  label: string;
  word: string;
  added?: boolean;
}

function Side({ sign, label, word, added }: SideProps) {
  return (
    <span className={cx('flex gap-2 rounded-sm px-1.5', added ? 'bg-allowed-soft' : 'bg-refused-soft')}>
      <span aria-hidden className={cx('font-mono', added ? 'text-allowed' : 'text-refused')}>
        {sign}
      </span>
      <span className="sr-only">{label}</span>
      <span className="min-w-0 break-words">{word}</span>
    </span>
  );
}
