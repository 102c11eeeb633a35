import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { t } from '../messages/messages';
import { Labels, NameCell, None, SourceBadge } from '../resources/bits';
import { limitSentences } from '../resources/limits';
import { ResourcesPage } from '../resources/ResourcesPage';
import type { App } from '../resources/resource';
import { type LastHour, lastHourQuery, TrafficCell } from '../resources/traffic';
import { useCan, useTeamName } from '../session/session';
import { Scopes } from '../tokens/columns';
import { Status } from '../ui/Badge';
import type { Column } from '../ui/DataTable';
import { Tip } from '../ui/Tip';

const words = ({ spec }: App) =>
  [spec.title, spec.description, ...Object.entries(spec.labels ?? {}).flat()].join(' ');

export function AppsPage() {
  const team = useTeamName();
  const can = useCan();
  const mayCalls = can('keyward:calls.read');
  const traffic = useQuery({ ...lastHourQuery(team, 'app'), enabled: mayCalls });
  const columns = useMemo<Column<App>[]>(
    () => [
      {
        id: 'name',
        header: t('apps.column.name'),
        accessorFn: ({ name, spec }) => (spec.title || name).toLowerCase(),
        cell: ({ row: { original: app } }) => (
          <NameCell
            link={{ to: '/teams/$team/apps/$name', params: { team, name: app.name } }}
            title={app.spec.title}
            name={app.name}
            faded={app.spec.disabled}
          />
        ),
      },
      {
        id: 'scopes',
        header: t('apps.column.scopes'),
        width: 'w-56',
        from: 'lg',
        enableSorting: false,
        cell: ({ row: { original } }) => <Scopes scopes={original.spec.scopes ?? []} />,
      },
      {
        id: 'limits',
        header: t('apps.column.limits'),
        width: 'w-52',
        from: 'xl',
        enableSorting: false,
        cell: ({ row: { original } }) => <LimitsCell app={original} />,
      },
      {
        id: 'labels',
        header: t('apps.column.labels'),
        width: 'w-44',
        from: 'xl',
        enableSorting: false,
        cell: ({ row: { original } }) => <Labels labels={original.spec.labels} inLine />,
      },
      {
        id: 'state',
        header: t('apps.column.state'),
        width: 'w-36',
        from: 'sm',
        accessorFn: ({ spec }) => (spec.disabled ? 1 : 0),
        cell: ({ row: { original } }) => (
          <span className="flex items-center gap-2">
            <Status tone={original.spec.disabled ? 'neutral' : 'allowed'} hollow={original.spec.disabled}>
              {t(original.spec.disabled ? 'resources.disabled' : 'resources.enabled')}
            </Status>
            <SourceBadge source={original.source} />
          </span>
        ),
      },
      ...(mayCalls ? [callsColumn(traffic.data)] : []),
    ],
    [team, traffic.data, mayCalls],
  );
  return (
    <ResourcesPage
      kind="apps"
      title={t('apps.title')}
      text={t('apps.text')}
      count={(count) => t('apps.count', { count })}
      columns={columns}
      words={words}
      rowHeight={44}
      open={(app) => ({ to: '/teams/$team/apps/$name', params: { team, name: app.name } })}
      create={{ label: t('apps.create'), link: { to: '/teams/$team/apps/-/new', params: { team } } }}
      empty={{ title: t('apps.empty.title'), text: t('apps.empty.text') }}
    />
  );
}

function LimitsCell({ app }: { app: App }) {
  const [first, ...rest] = limitSentences(app.spec.limits);
  if (!first) return <None>{t('apps.noLimits')}</None>;
  return (
    <Tip text={[first, ...rest].join('; ')}>
      <span className="flex items-center gap-1.5 text-ink-soft">
        <span className="truncate">{first}</span>
        {rest.length > 0 && (
          <span className="shrink-0 text-ink-faint">{t('apps.moreLimits', { count: rest.length })}</span>
        )}
      </span>
    </Tip>
  );
}

function callsColumn(traffic: LastHour | undefined): Column<App> {
  return {
    id: 'calls',
    header: t('resources.traffic'),
    width: 'w-32',
    accessorFn: ({ id }) => traffic?.by.get(id)?.calls ?? 0,
    sortDescFirst: true,
    cell: ({ row: { original } }) => <TrafficCell known={traffic} of={original.id} />,
  };
}
