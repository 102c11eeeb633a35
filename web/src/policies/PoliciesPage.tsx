import { useMemo } from 'react';
import { t } from '../messages/messages';
import { NameCell, SourceBadge } from '../resources/bits';
import { ResourcesPage } from '../resources/ResourcesPage';
import type { Policy } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Status } from '../ui/Badge';
import type { Column } from '../ui/DataTable';
import { Time } from '../ui/Time';

const words = ({ spec }: Policy) => `${spec.description ?? ''} ${spec.cedar}`;

export function PoliciesPage() {
  const team = useTeamName();
  const columns = useMemo<Column<Policy>[]>(
    () => [
      {
        id: 'name',
        header: t('policies.column.name'),
        accessorFn: ({ name }) => name,
        cell: ({ row: { original } }) => (
          <NameCell
            link={{ to: '/teams/$team/policies/$name', params: { team, name: original.name } }}
            name={original.name}
            below={original.spec.description}
            faded={original.spec.disabled}
          />
        ),
      },
      {
        id: 'applies_to',
        header: t('policies.column.appliesTo'),
        width: 'w-36',
        from: 'sm',
        accessorFn: ({ spec }) => spec.applies_to ?? 'calls',
        cell: ({ row: { original } }) => t(`policies.appliesTo.${original.spec.applies_to ?? 'calls'}`),
      },
      {
        id: 'state',
        header: t('policies.column.state'),
        width: 'w-44',
        accessorFn: ({ spec }) => (spec.disabled ? 1 : 0),
        cell: ({ row: { original } }) => (
          <span className="flex items-center gap-2">
            <PolicyState policy={original} />
            <SourceBadge source={original.source} />
          </span>
        ),
      },
      {
        id: 'changed',
        header: t('policies.column.changed'),
        width: 'w-36',
        from: 'md',
        accessorFn: ({ updated_at }) => Date.parse(updated_at),
        cell: ({ row: { original } }) => <Time at={original.updated_at} className="text-ink-soft" />,
      },
    ],
    [team],
  );
  return (
    <ResourcesPage
      kind="policies"
      title={t('policies.title')}
      text={t('policies.text')}
      count={(count) => t('policies.count', { count })}
      columns={columns}
      words={words}
      rowHeight={44}
      open={({ name }) => ({ to: '/teams/$team/policies/$name', params: { team, name } })}
      create={{ label: t('policies.create'), link: { to: '/teams/$team/policies/-/new', params: { team } } }}
      empty={{ title: t('policies.empty.title'), text: t('policies.empty.text') }}
    />
  );
}

export function PolicyState({ policy: { spec } }: { policy: Policy }) {
  return (
    <Status tone={spec.disabled ? 'neutral' : 'allowed'} hollow={spec.disabled}>
      {t(spec.disabled ? 'resources.disabled' : 'resources.enabled')}
    </Status>
  );
}
