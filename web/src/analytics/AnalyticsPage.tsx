import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { FilterBar } from '../calls/FilterBar';
import { type CallFilter, chartDimensions } from '../calls/filter';
import { useNames } from '../calls/names';
import { ReadingProblem } from '../calls/ReadingProblem';
import { t } from '../messages/messages';
import { useTeamName } from '../session/session';
import { ButtonLink } from '../ui/Button';
import { FilterChip } from '../ui/Chip';
import { Page } from '../ui/Page';
import { Bone, Empty, Pending, Stale } from '../ui/States';
import { useZone } from '../ui/Time';
import { AddressSection } from './AddressSection';
import { Charts } from './Charts';
import { CountrySection } from './CountrySection';
import { FigureRowSkeleton } from './Figure';
import { totalOf } from './figures';
import { chartQuery } from './queries';
import { RankSection } from './RankSection';
import { type AnalyticsSearch, filterOf } from './search';
import { Totals } from './Totals';

export function AnalyticsPage() {
  const team = useTeamName();
  const zone = useZone();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/analytics' });
  const filterKey = JSON.stringify(filterOf(search));
  const filter = useMemo<CallFilter>(() => JSON.parse(filterKey), [filterKey]);
  const names = useNames(team);
  const chart = useQuery(chartQuery(team, filter, zone));
  const change = useCallback(
    (next: Partial<AnalyticsSearch>) =>
      void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const shared = { team, filter, names, compared: search.compare };

  return (
    <Page
      title={t('analytics.title')}
      text={t('analytics.text')}
      actions={
        <ButtonLink to="/teams/$team/calls" params={{ team }} search={filter}>
          {t('analytics.calls')}
        </ButtonLink>
      }
    >
      <FilterBar filter={filter} dimensions={chartDimensions} names={names} onChange={change}>
        <FilterChip
          on={Boolean(search.compare)}
          onChange={(on) => change({ compare: on || undefined, volume: undefined })}
        >
          {t('analytics.compare')}
        </FilterChip>
      </FilterBar>
      <Stale query={chart} />
      {chart.isError && !chart.data && (
        <ReadingProblem
          error={chart.error}
          onRetry={() => void chart.refetch()}
          onClear={() => void navigate({ to: '.', search: { range: search.range }, replace: true })}
        />
      )}
      {chart.isPending && (
        <Pending>
          <FigureRowSkeleton />
          <Bone className="h-72 w-full" />
        </Pending>
      )}
      {chart.data && (
        <div aria-busy={chart.isPlaceholderData || undefined}>
          <Totals chart={chart.data} all />
          {totalOf(chart.data)?.calls ? (
            <>
              <Charts chart={chart.data} search={search} onChange={change} />
              <div className="mb-10 grid gap-x-10 gap-y-8 lg:grid-cols-2">
                {filter.decision !== 'allowed' && (
                  <RankSection {...shared} filter={{ ...filter, decision: 'refused' }} by="code" />
                )}
                <RankSection {...shared} by="status_class" />
                <RankSection {...shared} by="route" />
                <RankSection {...shared} by="token" />
                <RankSection {...shared} by="app" />
                <AddressSection team={team} filter={filter} />
              </div>
              <CountrySection {...shared} />
            </>
          ) : (
            <Empty
              title={t(totalOf(chart.data) ? 'calls.none.title' : 'analytics.unknown.title')}
              text={t(totalOf(chart.data) ? 'analytics.none.text' : 'analytics.unknown.text')}
            />
          )}
        </div>
      )}
    </Page>
  );
}
