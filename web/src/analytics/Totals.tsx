import { took } from '../format/durations';
import { bytes } from '../format/numbers';
import { t } from '../messages/messages';
import { Figure, FigureRow } from './Figure';
import { percentText, rate, totalBefore, totalOf } from './figures';
import type { Chart } from './queries';

/** What a range amounts to, against the one before. */
export function Totals({ chart, all }: { chart: Chart; all?: boolean }) {
  const now = totalOf(chart);
  const before = totalBefore(chart);
  return (
    <FigureRow of={all ? 6 : 4}>
      <Figure label={t('analytics.figure.calls')} value={now?.calls ?? null} before={before?.calls} />
      <Figure
        label={t('analytics.figure.refused')}
        value={now && rate(now.refusals, now.calls)}
        before={before && rate(before.refusals, before.calls)}
        format={percentText}
        worse
      />
      <Figure
        label={t('analytics.figure.failed')}
        value={now && rate(now.errors, now.calls)}
        before={before && rate(before.errors, before.calls)}
        format={percentText}
        worse
      />
      {all && (
        <Figure
          label={t('analytics.figure.p50')}
          value={now?.p50_us ?? null}
          before={before?.p50_us}
          format={took}
          worse
        />
      )}
      <Figure
        label={t('analytics.figure.p95')}
        value={now?.p95_us ?? null}
        before={before?.p95_us}
        format={took}
        worse
      />
      {all && (
        <Figure
          label={t('analytics.figure.bytes')}
          value={now?.bytes_out ?? null}
          before={before?.bytes_out}
          format={bytes}
        />
      )}
    </FigureRow>
  );
}
