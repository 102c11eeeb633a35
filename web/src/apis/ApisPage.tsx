import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { t } from '../messages/messages';
import { Cut, NameCell } from '../resources/bits';
import { ResourcesPage } from '../resources/ResourcesPage';
import type { Api } from '../resources/resource';
import { type LastHour, lastHourQuery, TrafficCell } from '../resources/traffic';
import { useCan, useTeamName } from '../session/session';
import { ButtonLink } from '../ui/Button';
import { FilterChip } from '../ui/Chip';
import type { Column } from '../ui/DataTable';
import { callPath } from './address';
import { accesses, defaultLifecycle, lifecycles } from './search';
import { LifecycleWord } from './words';

const words = ({ spec }: Api) => [spec.title, spec.description, spec.base_path, spec.upstream].join(' ');

export function ApisPage() {
  const team = useTeamName();
  const can = useCan();
  const navigate = useNavigate();
  const { lifecycle } = useSearch({ from: '/inside/teams/$team/apis' });
  const mayCalls = can('keyward:calls.read');
  const traffic = useQuery({ ...lastHourQuery(team, 'api'), enabled: mayCalls });
  const columns = useMemo<Column<Api>[]>(
    () => [
      {
        id: 'name',
        header: t('apis.column.name'),
        accessorFn: ({ name, spec }) => `${spec.title || name} ${spec.version}`.toLowerCase(),
        cell: ({ row: { original: api } }) => (
          <NameCell
            link={{ to: '/teams/$team/apis/$name', params: { team, name: api.name } }}
            title={api.spec.title}
            name={api.name}
            faded={api.spec.lifecycle === 'retired'}
          />
        ),
      },
      {
        id: 'path',
        header: t('apis.column.path'),
        width: 'w-48',
        from: 'md',
        accessorFn: ({ spec }) => callPath(spec),
        cell: ({ row: { original } }) => <Cut mono>{callPath(original.spec)}</Cut>,
      },
      {
        id: 'lifecycle',
        header: t('apis.column.lifecycle'),
        width: 'w-32',
        accessorFn: ({ spec }) => lifecycles.indexOf(spec.lifecycle ?? defaultLifecycle),
        cell: ({ row: { original } }) => <LifecycleWord lifecycle={original.spec.lifecycle} />,
      },
      {
        id: 'access',
        header: t('apis.column.access'),
        width: 'w-28',
        from: 'lg',
        accessorFn: ({ spec }) => accesses.indexOf(spec.access ?? 'open'),
        cell: ({ row: { original } }) => <Cut>{t(`apis.access.${original.spec.access ?? 'open'}`)}</Cut>,
      },
      {
        id: 'upstream',
        header: t('apis.column.upstream'),
        width: 'w-36',
        from: 'xl',
        accessorFn: ({ spec }) => spec.upstream,
        cell: ({ row: { original } }) => <Cut mono>{original.spec.upstream}</Cut>,
      },
      {
        id: 'routes',
        header: t('apis.column.routes'),
        width: 'w-20',
        from: 'lg',
        align: 'end',
        accessorFn: ({ spec }) => spec.routes?.length ?? 0,
        sortDescFirst: true,
        cell: ({ row: { original } }) => (
          <span className="pe-4 font-mono text-xs tabular">{original.spec.routes?.length ?? 0}</span>
        ),
      },
      ...(mayCalls ? [callsColumn(traffic.data)] : []),
    ],
    [team, traffic.data, mayCalls],
  );
  return (
    <ResourcesPage
      kind="apis"
      title={t('apis.title')}
      text={t('apis.text')}
      count={(count) => t('apis.count', { count })}
      columns={columns}
      words={words}
      rowHeight={44}
      keeps={useCallback(
        ({ spec }: Api) => !lifecycle || (spec.lifecycle ?? defaultLifecycle) === lifecycle,
        [lifecycle],
      )}
      filters={lifecycles.map((one) => (
        <FilterChip
          key={one}
          on={lifecycle === one}
          onChange={(on) =>
            void navigate({
              to: '.',
              search: (before) => ({ ...before, lifecycle: on ? one : undefined }),
              replace: true,
            })
          }
        >
          {t(`apis.lifecycle.${one}`)}
        </FilterChip>
      ))}
      open={({ name }) => ({ to: '/teams/$team/apis/$name', params: { team, name } })}
      create={{ label: t('apis.create'), link: { to: '/teams/$team/apis/-/new', params: { team } } }}
      moreActions={
        <ButtonLink
          to="/teams/$team/apis/-/import"
          params={{ team }}
          icon={<FileUp className="size-4" aria-hidden />}
        >
          {t('apis.import')}
        </ButtonLink>
      }
      empty={{ title: t('apis.empty.title'), text: t('apis.empty.text') }}
    />
  );
}

function callsColumn(traffic: LastHour | undefined): Column<Api> {
  return {
    id: 'calls',
    header: t('resources.traffic'),
    width: 'w-32',
    from: 'sm',
    accessorFn: ({ name }) => traffic?.by.get(name)?.calls ?? 0,
    sortDescFirst: true,
    cell: ({ row: { original } }) => <TrafficCell known={traffic} of={original.name} />,
  };
}
