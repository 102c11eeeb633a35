import { Link, type LinkProps } from '@tanstack/react-router';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { compact, count, percent } from '../format/numbers';
import { t } from '../messages/messages';
import { cx } from '../ui/cx';
import { Bone } from '../ui/States';
import { changeText } from './figures';

export interface Rank {
  key: string;
  label: ReactNode;
  /** What stands behind it on hover. */
  title?: string;
  mono?: boolean;
  calls: number;
  /** What it was before; null where that is not known. */
  before?: number | null;
  /** A part of the calls that matters, such as those that failed. */
  bad?: number;
  /** To the calls meant. */
  link?: LinkProps;
  faint?: boolean;
}

interface RankingProps {
  label: string;
  /** What is listed, above the first column. */
  what: string;
  /** What `bad` counts, above its column; none without it. */
  bad?: string;
  rows: readonly Rank[];
  tone?: 'accent' | 'refused';
  compared?: boolean;
}

/** The largest of a kind, each with a bar as long as its share of the largest. */
export function Ranking({ label, what, bad, rows, tone = 'accent', compared }: RankingProps) {
  const most = Math.max(1, ...rows.map(({ calls }) => calls));
  return (
    <table aria-label={label} className="w-full table-fixed text-sm">
      <thead>
        <tr className="h-7 text-xs font-medium text-ink-faint">
          <th scope="col">{what}</th>
          {bad && (
            <th scope="col" className="w-28 text-end">
              {bad}
            </th>
          )}
          {compared && (
            <th scope="col" className="w-20 text-end max-sm:hidden">
              {t('analytics.rank.change')}
            </th>
          )}
          <th scope="col" className="w-16 text-end">
            {t('analytics.rank.calls')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="group/rank h-8">
            <td className="relative">
              <span
                aria-hidden
                ref={(bar) => bar?.style.setProperty('width', `${(row.calls / most) * 100}%`)}
                className={cx(
                  'absolute inset-y-0.5 start-0 rounded-sm',
                  row.faint ? 'bg-hover' : tone === 'refused' ? 'bg-refused-soft' : 'bg-accent-soft',
                )}
              />
              <span title={row.title} className="relative block truncate px-2">
                {row.link ? (
                  <Link
                    {...row.link}
                    className={cx('rounded-sm group-hover/rank:underline', row.mono && 'font-mono text-xs')}
                  >
                    {row.label}
                  </Link>
                ) : (
                  <span className={cx(row.faint && 'text-ink-soft', row.mono && 'font-mono text-xs')}>
                    {row.label}
                  </span>
                )}
              </span>
            </td>
            {bad && (
              <td className="text-end font-mono text-xs text-ink-soft tabular">
                {row.bad === undefined ? '' : percent(row.bad, row.calls)}
              </td>
            )}
            {compared && (
              <td className="text-end font-mono text-xs text-ink-faint tabular max-sm:hidden">
                <Changed now={row.calls} before={row.before} />
              </td>
            )}
            <td className="text-end font-mono text-xs tabular" title={count(row.calls)}>
              {compact(row.calls)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Changed({ now, before }: { now: number; before?: number | null }) {
  if (before == null) return <>–</>;
  if (before === 0) return <>{t('analytics.rank.new')}</>;
  const by = now / before - 1;
  if (Math.abs(by) < 0.005) return <>{percent(0, 1)}</>;
  const Arrow = by > 0 ? ArrowUp : ArrowDown;
  return (
    <span className="inline-flex items-center gap-0.5">
      <Arrow className="size-3" aria-hidden />
      <span className="sr-only">{t(by > 0 ? 'analytics.rank.more' : 'analytics.rank.less')}</span>
      {changeText(by)}
    </span>
  );
}

export function RankingSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-hidden className="pt-7">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row} className="flex h-8 items-center justify-between gap-6 px-2">
          <Bone className={row % 2 === 0 ? 'w-40' : 'w-28'} />
          <Bone className="w-10" />
        </div>
      ))}
    </div>
  );
}
