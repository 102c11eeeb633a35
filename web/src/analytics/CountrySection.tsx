import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import type { CallFilter } from '../calls/filter';
import type { Names } from '../calls/names';
import { t } from '../messages/messages';
import { Section } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { useZone } from '../ui/Time';
import { type Chart, rankQuery } from './queries';
import { RankingSkeleton } from './Ranking';
import { RankTable } from './RankSection';

const WorldMap = lazy(() => import('./WorldMap').then((module) => ({ default: module.WorldMap })));

interface CountrySectionProps {
  team: string;
  filter: CallFilter;
  names: Names;
  compared?: boolean;
}

/** Where calls came from: a map, and the list beside it. */
export function CountrySection({ team, filter, names, compared }: CountrySectionProps) {
  const zone = useZone();
  const query = useQuery(rankQuery(team, filter, 'country', zone, 100));
  return (
    <Section title={t('analytics.rank.country')}>
      <Loaded query={query} skeleton={<RankingSkeleton rows={8} />}>
        {(chart) => <Countries {...{ team, filter, names, compared, chart }} />}
      </Loaded>
    </Section>
  );
}

function Countries({ chart, ...rest }: CountrySectionProps & { chart: Chart }) {
  const calls = useMemo(
    () =>
      new Map(
        chart.series.flatMap(({ key: [code], other, total }) =>
          code && !other ? [[code, total?.calls ?? 0] as const] : [],
        ),
      ),
    [chart],
  );
  const first = useMemo(() => {
    // What is not known is said, however little it is.
    const series = chart.series.filter(({ key: [code], other }, index) => index < 10 || (!other && !code));
    return { ...chart, series };
  }, [chart]);
  if (calls.size === 0)
    return (
      <p className="max-w-prose py-2 text-sm text-ink-soft">
        {t(chart.countries_known ? 'analytics.rank.none' : 'analytics.countries.unknown')}
      </p>
    );
  return (
    <div className="grid gap-x-10 gap-y-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <Suspense fallback={<Bone className="aspect-[800/346] h-auto w-full" />}>
        <WorldMap team={rest.team} filter={rest.filter} calls={calls} />
      </Suspense>
      <div>
        <RankTable {...rest} by="country" chart={first} />
        {!chart.countries_known && (
          <p className="mt-2 text-sm text-ink-faint">{t('analytics.countries.unknown')}</p>
        )}
      </div>
    </div>
  );
}
