import { took } from '../format/durations';
import { count, percent } from '../format/numbers';
import { t } from '../messages/messages';
import type { Traffic } from './traffic';

/** How many calls there were, how many were turned away, how many failed, and how long they took. */
export function TrafficFigures({ traffic: { calls, refusals, errors, p95 } }: { traffic: Traffic }) {
  const figures = [
    [t('resources.traffic.calls'), count(calls)],
    [t('resources.traffic.refused'), percent(refusals, calls)],
    [t('resources.traffic.errors'), percent(errors, calls)],
    [t('resources.traffic.p95'), p95 == null ? '–' : took(p95)],
  ];
  return (
    <dl className="mb-4 flex flex-wrap gap-x-8 gap-y-2">
      {figures.map(([term, value]) => (
        <div key={term}>
          <dt className="text-xs text-ink-faint">{term}</dt>
          <dd className="text-lg font-medium tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
