import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { t } from '../messages/messages';
import { Cut, NameCell, None } from '../resources/bits';
import { ResourcesPage } from '../resources/ResourcesPage';
import { resourcesQuery, type Upstream } from '../resources/resource';
import { useTeamName } from '../session/session';
import type { Column } from '../ui/DataTable';
import { HealthWord } from './HealthWord';

const words = ({ spec }: Upstream) =>
  [spec.description, spec.connection, ...spec.targets.map(({ url }) => url)].join(' ');

export function UpstreamsPage() {
  const team = useTeamName();
  const apis = useQuery(resourcesQuery('apis', team));
  const columns = useMemo<Column<Upstream>[]>(
    () => [
      {
        id: 'name',
        header: t('upstreams.column.name'),
        accessorFn: ({ name }) => name,
        cell: ({ row: { original } }) => (
          <NameCell
            link={{ to: '/teams/$team/upstreams/$name', params: { team, name: original.name } }}
            name={original.name}
            below={original.spec.description}
          />
        ),
      },
      {
        id: 'targets',
        header: t('upstreams.column.targets'),
        width: 'w-72',
        from: 'md',
        accessorFn: ({ spec }) => spec.targets.length,
        cell: ({ row: { original } }) => {
          const [first, ...rest] = original.spec.targets;
          return (
            <span className="flex items-center gap-1.5">
              <Cut mono>{first?.url}</Cut>
              {rest.length > 0 && (
                <span className="shrink-0 text-xs text-ink-faint">
                  {t('upstreams.moreTargets', { count: rest.length })}
                </span>
              )}
            </span>
          );
        },
      },
      {
        id: 'health',
        header: t('upstreams.column.health'),
        width: 'w-44',
        enableSorting: false,
        cell: ({ row: { original } }) => <HealthWord team={team} name={original.name} />,
      },
      {
        id: 'apis',
        header: t('upstreams.column.apis'),
        width: 'w-52',
        from: 'lg',
        enableSorting: false,
        cell: ({ row: { original } }) => {
          if (!apis.data) return <None>–</None>;
          const names = apis.data.filter(({ spec }) => spec.upstream === original.name);
          return names.length === 0 ? <None /> : <Cut mono>{names.map(({ name }) => name).join(', ')}</Cut>;
        },
      },
      {
        id: 'connection',
        header: t('upstreams.column.connection'),
        width: 'w-40',
        from: 'xl',
        accessorFn: ({ spec }) => spec.connection ?? '',
        cell: ({ row: { original } }) =>
          original.spec.connection ? <Cut mono>{original.spec.connection}</Cut> : <None />,
      },
    ],
    [team, apis.data],
  );
  return (
    <ResourcesPage
      kind="upstreams"
      title={t('upstreams.title')}
      text={t('upstreams.text')}
      count={(count) => t('upstreams.count', { count })}
      columns={columns}
      words={words}
      rowHeight={44}
      open={({ name }) => ({ to: '/teams/$team/upstreams/$name', params: { team, name } })}
      create={{
        label: t('upstreams.create'),
        link: { to: '/teams/$team/upstreams/-/new', params: { team } },
      }}
      empty={{ title: t('upstreams.empty.title'), text: t('upstreams.empty.text') }}
    />
  );
}
