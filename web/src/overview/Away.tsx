import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { FigureRowSkeleton } from '../analytics/Figure';
import { chartQuery } from '../analytics/queries';
import { RankSection } from '../analytics/RankSection';
import { Totals } from '../analytics/Totals';
import type { CallFilter } from '../calls/filter';
import { outcomeSeries } from '../calls/outcome-series';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useCan } from '../session/session';
import { Chart } from '../ui/Chart';
import { Segments } from '../ui/Choices';
import { Page, Section } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { Time, useZone } from '../ui/Time';
import { Attention } from './Attention';
import { look, spanOf } from './away';
import { LatestEvents } from './LatestEvents';
import { spans } from './search';

/** What happened since the last visit, or in the last days. */
export function Away({ team }: { team: string }) {
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/overview' });
  const [since] = useState(() => look(team, Date.now()));
  const { span, filter } = useMemo(() => spanOf(search, since), [search, since]);
  const reads = can('keyward:calls.read');

  return (
    <Page
      title={t('overview.title')}
      text={
        span === 'away' && since ? (
          <T id="overview.since" values={{ when: <Time at={since} className="text-ink" /> }} />
        ) : (
          t(`overview.text.${span === 'away' ? '24h' : span}`)
        )
      }
      actions={
        <Segments
          label={t('overview.span')}
          value={span}
          onChange={(next) => void navigate({ to: '.', search: { span: next }, replace: true })}
          choices={spans
            .filter((one) => one !== 'away' || since)
            .map((one) => ({ value: one, label: t(`overview.span.${one}`) }))}
        />
      }
    >
      {reads && <Traffic team={team} filter={filter} />}
      <div className="grid gap-x-12 gap-y-8 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-8">
          <Attention team={team} />
          {reads && <Refusals team={team} filter={filter} />}
        </div>
        {can('keyward:audit.read') && <LatestEvents team={team} />}
      </div>
    </Page>
  );
}

function Traffic({ team, filter }: { team: string; filter: CallFilter }) {
  const zone = useZone();
  const navigate = useNavigate();
  const query = useQuery({ ...chartQuery(team, filter, zone), refetchInterval: 30_000 });
  return (
    <Loaded
      query={query}
      skeleton={
        <>
          <FigureRowSkeleton of={4} />
          <Bone className="mb-8 h-44 w-full" />
        </>
      }
    >
      {(chart) => (
        <>
          <Totals chart={chart} />
          <Section
            title={t('overview.calls')}
            actions={
              <Link
                to="/teams/$team/analytics"
                params={{ team }}
                search={filter}
                className="rounded-sm text-sm text-accent-ink hover:underline"
              >
                {t('overview.analytics')}
              </Link>
            }
          >
            <Chart
              label={t('overview.calls.label')}
              buckets={chart.buckets}
              series={outcomeSeries(chart)}
              kind="areas"
              format={count}
              height={160}
              onRange={(from, to) =>
                void navigate({
                  to: '/teams/$team/analytics',
                  params: { team },
                  search: { from: from.toISOString(), to: to.toISOString() },
                })
              }
            />
          </Section>
        </>
      )}
    </Loaded>
  );
}

function Refusals({ team, filter }: { team: string; filter: CallFilter }) {
  const refused = useMemo((): CallFilter => ({ ...filter, decision: 'refused' }), [filter]);
  return <RankSection team={team} filter={refused} by="code" top={6} />;
}
