import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import { useMemo, useState } from 'react';
import { and } from '../format/numbers';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import { resourcesQuery } from '../resources/resource';
import { roleName } from '../session/roles';
import { useCan, useSession, useTeamName } from '../session/session';
import { Badge, Status } from '../ui/Badge';
import { Button, IconButton } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Menu, MenuItem } from '../ui/Menu';
import { Empty, Loaded } from '../ui/States';
import { Time } from '../ui/Time';
import { Tip } from '../ui/Tip';
import { MemberDialog } from './MemberDialog';
import type { Member } from './queries';
import { RemoveMember } from './RemoveMember';

interface MembersTabProps {
  members: UseQueryResult<Member[]>;
  onInvite?: () => void;
}

export function MembersTab({ members, onInvite }: MembersTabProps) {
  const team = useTeamName();
  const can = useCan();
  const { user } = useSession();
  const apps = useQuery({ ...resourcesQuery('apps', team), enabled: can('keyward:apps.read') });
  const [editing, setEditing] = useState<Member>();
  const [removing, setRemoving] = useState<Member>();
  const may = can('keyward:people.write');
  const columns = useMemo<Column<Member>[]>(() => {
    const titles = new Map((apps.data ?? []).map((app) => [app.id, app.spec.title || app.name]));
    return [
      {
        id: 'name',
        header: t('people.column.name'),
        cell: ({ row: { original } }) => (
          <div className="min-w-0 leading-4">
            <span className="flex min-w-0 items-center gap-2">
              <span className="truncate leading-5 font-medium">{original.user.name}</span>
              {original.user.id === user.id && <Badge tone="accent">{t('people.you')}</Badge>}
              {original.suspended && <Badge tone="refused">{t('people.suspended')}</Badge>}
            </span>
            <span className="block truncate text-xs text-ink-faint">{original.user.email}</span>
          </div>
        ),
      },
      {
        id: 'role',
        header: t('people.column.role'),
        width: 'w-32 sm:w-40',
        cell: ({ row: { original } }) => <span className="block truncate">{roleName(original.role)}</span>,
      },
      {
        id: 'apps',
        header: t('people.column.apps'),
        width: 'w-56',
        from: 'lg',
        cell: ({ row: { original } }) => <Apps member={original} titles={titles} />,
      },
      {
        id: 'second',
        header: t('people.column.second'),
        width: 'w-32',
        from: 'sm',
        cell: ({ row: { original } }) => (
          <Status tone={original.has_second_factor ? 'allowed' : 'warning'}>
            {t(original.has_second_factor ? 'people.second.yes' : 'people.second.no')}
          </Status>
        ),
      },
      {
        id: 'since',
        header: t('people.column.since'),
        width: 'w-36',
        from: 'md',
        cell: ({ row: { original } }) => <Time at={original.created_at} className="text-ink-soft" />,
      },
    ];
  }, [apps.data, user.id]);

  return (
    <Loaded query={members} skeleton={<TableSkeleton columns={4} rows={5} />}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty
            title={t('people.members.empty.title')}
            text={t('people.members.empty.text')}
            action={
              onInvite && (
                <Button tone="primary" onClick={onInvite}>
                  {t('people.invite')}
                </Button>
              )
            }
          />
        ) : (
          <>
            <DataTable
              label={t('people.tab.members')}
              columns={columns}
              rows={rows}
              rowId={({ user: { id } }) => id}
              rowName={({ user: { name } }) => name}
              rowHeight={48}
              onOpen={may ? setEditing : undefined}
              rowActions={
                may
                  ? (member) => (
                      <Menu
                        trigger={
                          <IconButton size="sm" label={t('ui.table.rowActions', { what: member.user.name })}>
                            <MoreHorizontal className="size-4" aria-hidden />
                          </IconButton>
                        }
                      >
                        <MenuItem onSelect={() => setEditing(member)}>{t('people.change')}</MenuItem>
                        <MenuItem danger onSelect={() => setRemoving(member)}>
                          {t('people.remove')}
                        </MenuItem>
                      </Menu>
                    )
                  : undefined
              }
            />
            {editing && <MemberDialog member={editing} onClose={() => setEditing(undefined)} />}
            {removing && <RemoveMember member={removing} onClose={() => setRemoving(undefined)} />}
          </>
        )
      }
    </Loaded>
  );
}

function Apps({ member, titles }: { member: Member; titles: Map<string, string> }) {
  if (member.role === 'administrator') return <None>{t('people.apps.all')}</None>;
  if (member.apps.length === 0)
    return <None>{member.role === 'developer' ? t('people.apps.none') : '–'}</None>;
  const names = and(member.apps.map((id) => titles.get(id) ?? id));
  return (
    <Tip text={names}>
      <span className="block truncate">{names}</span>
    </Tip>
  );
}
