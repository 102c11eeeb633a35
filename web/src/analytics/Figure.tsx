import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { cx } from '../ui/cx';
import { Bone } from '../ui/States';
import { change, changeText } from './figures';

interface FigureProps {
  label: string;
  /** Null where nothing is known. */
  value: number | null;
  before?: number | null;
  format?: (value: number) => string;
  /** Whether more of it is worse. */
  worse?: boolean;
  children?: ReactNode;
}

/** One number that matters, and what it was in the range before. */
export function Figure({ label, value, before, format = count, worse, children }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-ink-soft">{label}</dt>
      <dd>
        <span className="block text-2xl font-semibold tracking-[-0.02em] tabular">
          {value === null ? <span className="text-ink-faint">–</span> : format(value)}
        </span>
        <span className="block min-h-5 text-sm text-ink-faint tabular">
          {children ?? <Change value={value} before={before ?? null} format={format} worse={worse} />}
        </span>
      </dd>
    </div>
  );
}

function Change({
  value,
  before,
  format,
  worse,
}: Required<Pick<FigureProps, 'value' | 'format'>> & {
  before: number | null;
  worse?: boolean;
}) {
  if (before === null) return <>{t('analytics.before.unknown')}</>;
  const by = change(value, before);
  if (by === null || Math.abs(by) < 0.005)
    return <>{t('analytics.before.was', { before: format(before) })}</>;
  const bad = worse && by > 0.1;
  const Arrow = by > 0 ? ArrowUp : ArrowDown;
  return (
    <span className={cx('inline-flex items-center gap-1', bad && 'text-warning')}>
      <Arrow className="size-3.5" aria-hidden />
      <span>
        {t(by >= 1 ? 'analytics.before.times' : by > 0 ? 'analytics.before.more' : 'analytics.before.less', {
          by: changeText(by),
          before: format(before),
        })}
      </span>
    </span>
  );
}

const columns = { 4: 'sm:grid-cols-4', 6: 'sm:grid-cols-3 xl:grid-cols-6' };

export function FigureRow({ of = 6, children }: { of?: keyof typeof columns; children: ReactNode }) {
  return (
    <dl className={cx('mb-8 grid grid-cols-2 gap-x-6 gap-y-5 border-y py-4', columns[of])}>{children}</dl>
  );
}

export function FigureRowSkeleton({ of = 6 }: { of?: keyof typeof columns }) {
  return (
    <div aria-hidden className={cx('mb-8 grid grid-cols-2 gap-x-6 gap-y-5 border-y py-4', columns[of])}>
      {Array.from({ length: of }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={index} className="flex h-18 flex-col justify-between">
          <Bone className="w-20" />
          <Bone className="h-6 w-24" />
          <Bone className="w-28" />
        </div>
      ))}
    </div>
  );
}
