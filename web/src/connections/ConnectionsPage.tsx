import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { t } from '../messages/messages';
import { Cut, NameCell, None } from '../resources/bits';
import { ResourcesPage } from '../resources/ResourcesPage';
import { type Connection, resourcesQuery } from '../resources/resource';
import { useTeamName } from '../session/session';
import type { Column } from '../ui/DataTable';
import { authKind, presented, secretOf } from './auth';
import { upstreamsThrough } from './uses';

const words = ({ spec }: Connection) => [spec.description, spec.origin, secretOf(spec.auth)].join(' ');

export function ConnectionsPage() {
  const team = useTeamName();
  const upstreams = useQuery(resourcesQuery('upstreams', team));
  const columns = useMemo<Column<Connection>[]>(
    () => [
      {
        id: 'name',
        header: t('connections.column.name'),
        accessorFn: ({ name }) => name,
        cell: ({ row: { original } }) => (
          <NameCell
            link={{ to: '/teams/$team/connections/$name', params: { team, name: original.name } }}
            name={original.name}
            below={original.spec.description}
          />
        ),
      },
      {
        id: 'presents',
        header: t('connections.column.presents'),
        width: 'w-72',
        from: 'md',
        enableSorting: false,
        cell: ({ row: { original } }) =>
          authKind(original.spec.auth) === 'none' ? (
            <None>{t('connections.presents.none')}</None>
          ) : (
            <Cut mono>{presented(original.spec.auth)}</Cut>
          ),
      },
      {
        id: 'origin',
        header: t('connections.column.origin'),
        width: 'w-56',
        from: 'sm',
        accessorFn: ({ spec }) => spec.origin,
        cell: ({ row: { original } }) => <Cut mono>{original.spec.origin}</Cut>,
      },
      {
        id: 'secret',
        header: t('connections.column.secret'),
        width: 'w-44',
        from: 'lg',
        accessorFn: ({ spec }) => secretOf(spec.auth) ?? '',
        cell: ({ row: { original } }) =>
          secretOf(original.spec.auth) ? <Cut mono>{secretOf(original.spec.auth)}</Cut> : <None />,
      },
      {
        id: 'upstreams',
        header: t('connections.column.upstreams'),
        width: 'w-40',
        from: 'lg',
        enableSorting: false,
        cell: ({ row: { original } }) => {
          if (!upstreams.data) return <None>–</None>;
          const names = upstreamsThrough(original.name, upstreams.data).map(({ upstream }) => upstream.name);
          return names.length === 0 ? <None /> : <Cut mono>{names.join(', ')}</Cut>;
        },
      },
    ],
    [team, upstreams.data],
  );
  return (
    <ResourcesPage
      kind="connections"
      title={t('connections.title')}
      text={t('connections.text')}
      count={(count) => t('connections.count', { count })}
      columns={columns}
      words={words}
      rowHeight={44}
      open={({ name }) => ({ to: '/teams/$team/connections/$name', params: { team, name } })}
      create={{
        label: t('connections.create'),
        link: { to: '/teams/$team/connections/-/new', params: { team } },
      }}
      empty={{ title: t('connections.empty.title'), text: t('connections.empty.text') }}
    />
  );
}
