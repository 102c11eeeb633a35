import { t } from '../messages/messages';
import { type Change, pathText } from '../resources/changes';
import { cx } from '../ui/cx';
import { differences } from './difference';

interface DifferenceProps {
  before: unknown;
  after: unknown;
}

/** What a change changed, value by value. */
export function Difference({ before, after }: DifferenceProps) {
  const changes = differences(before, after);
  if (changes.length === 0) return <p className="text-sm text-ink-faint">{t('audit.nothing')}</p>;
  return (
    <dl className="rounded-md border">
      {changes.map((change) => (
        <div key={pathText(change.path)} className="border-t px-3 py-2 first:border-t-0">
          <dt className="font-mono text-xs text-ink-faint">{pathText(change.path)}</dt>
          <dd className="mt-1 font-mono text-xs leading-5">
            <Sides change={change} single={!before || !after} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Sides({ change, single }: { change: Change; single: boolean }) {
  if (single) return <Value value={change.after ?? change.before} />;
  return (
    <>
      <Side sign="−" label={t('audit.before')} tone="refused" value={change.before} />
      <Side sign="+" label={t('audit.after')} tone="allowed" value={change.after} />
    </>
  );
}

interface SideProps {
  sign: string;
  label: string;
  tone: 'allowed' | 'refused';
  value: unknown;
}

function Side({ sign, label, tone, value }: SideProps) {
  if (value === undefined || value === null) return null;
  const look = tone === 'allowed' ? 'bg-allowed-soft' : 'bg-refused-soft';
  const ink = tone === 'allowed' ? 'text-allowed' : 'text-refused';
  return (
    <div className={cx('flex gap-2 rounded-sm px-1.5', look)}>
      <span aria-hidden className={ink}>
        {sign}
      </span>
      <span className="sr-only">{label}</span>
      <Value value={value} />
    </div>
  );
}

function Value({ value }: { value: unknown }) {
  return (
    <span className="block max-h-60 min-w-0 overflow-y-auto break-words whitespace-pre-wrap">
      {typeof value === 'string' ? value : JSON.stringify(value, null, 1)}
    </span>
  );
}
