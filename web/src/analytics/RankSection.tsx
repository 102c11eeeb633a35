import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { CallFilter } from '../calls/filter';
import type { Names } from '../calls/names';
import { country } from '../format/countries';
import { t } from '../messages/messages';
import { Section } from '../ui/Page';
import { Loaded } from '../ui/States';
import { useZone } from '../ui/Time';
import { isBeforeKnown } from './figures';
import { type Chart, type Group, rankQuery } from './queries';
import { type Rank, Ranking, RankingSkeleton } from './Ranking';

interface RankSectionProps {
  team: string;
  filter: CallFilter;
  by: Group;
  /** Of apps; what the chart calls them without. */
  names?: Names;
  compared?: boolean;
  top?: number;
}

/** The largest apps, tokens, routes or the like of the range, each a way to its calls. */
export function RankSection({ team, filter, by, names, compared, top }: RankSectionProps) {
  const zone = useZone();
  const query = useQuery(rankQuery(team, filter, by, zone, top));
  const title = t(`analytics.rank.${by}`);
  return (
    <Section title={title} className="mb-0!">
      <Loaded query={query} skeleton={<RankingSkeleton />}>
        {(chart) => (
          <RankTable team={team} filter={filter} by={by} names={names} compared={compared} chart={chart} />
        )}
      </Loaded>
    </Section>
  );
}

export function RankTable({ team, filter, by, names, compared, chart }: RankSectionProps & { chart: Chart }) {
  const rows = useMemo(() => ranksOf({ team, filter, by, names, chart }), [team, filter, by, names, chart]);
  if (rows.length === 0) return <p className="py-2 text-sm text-ink-faint">{t('analytics.rank.none')}</p>;
  const rates = by !== 'code' && by !== 'status_class';
  return (
    <Ranking
      label={t(`analytics.rank.${by}`)}
      what={t(`analytics.rank.${by}.one`)}
      bad={rates ? t('analytics.rank.refusedOrFailed') : undefined}
      tone={by === 'code' ? 'refused' : 'accent'}
      rows={rows}
      compared={compared}
    />
  );
}

export function ranksOf({
  team,
  filter,
  by,
  names,
  chart,
}: Pick<RankSectionProps, 'team' | 'filter' | 'by' | 'names'> & { chart: Chart }): Rank[] {
  const known = isBeforeKnown(chart);
  return chart.series.flatMap((series): Rank[] => {
    const total = series.total;
    if (!total || total.calls === 0) return [];
    const key = series.key.map((part) => part ?? '');
    const narrowed = series.other ? undefined : narrowing(by, series.key);
    return [
      {
        key: series.other ? 'other' : key.join(' '),
        label: series.other ? t('analytics.rank.other') : labelOf(by, series.key, names, chart),
        mono: !series.other && narrowed !== undefined && ['route', 'code', 'status_class'].includes(by),
        faint: narrowed === undefined,
        calls: total.calls,
        before: known ? (series.previous?.total?.calls ?? 0) : null,
        bad: total.refusals + total.errors,
        link: narrowed && {
          to: '/teams/$team/calls',
          params: { team },
          search: { ...filter, ...narrowed },
        },
      },
    ];
  });
}

/** What a group of calls is filtered by; nothing for those that have no value. */
function narrowing(by: Group, key: readonly (string | null)[]): CallFilter | undefined {
  const [first, second] = key;
  if (!first) return undefined;
  switch (by) {
    case 'route':
      return second ? { api: first, route: second } : { api: first };
    case 'status_class':
      return callStatus(first);
    default:
      return { [by]: first };
  }
}

function callStatus(text: string): CallFilter | undefined {
  return text === '2xx' || text === '3xx' || text === '4xx' || text === '5xx' ? { status: text } : undefined;
}

function labelOf(by: Group, key: readonly (string | null)[], names: Names | undefined, chart: Chart): string {
  const [first, second] = key;
  if (!first) return t(`analytics.rank.${by}.missing`);
  const named = (chart.names as Record<string, string> | null | undefined)?.[first];
  switch (by) {
    case 'app':
      return [names?.app(first), named].find((name) => name && name !== first) ?? first;
    case 'token':
      return named ?? first;
    case 'country':
      return country(first);
    case 'route':
      return `${first} · ${second ?? t('analytics.rank.noRoute')}`;
    default:
      return first;
  }
}
