import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import { useMemo, useState } from 'react';
import { request, type Schemas, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { LinkOnceDialog } from '../people/LinkOnceDialog';
import { useSession } from '../session/session';
import { Badge, Status } from '../ui/Badge';
import { IconButton } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Menu, MenuItem, MenuLine } from '../ui/Menu';
import { Page } from '../ui/Page';
import { Empty, Loaded, problemText } from '../ui/States';
import { Time } from '../ui/Time';
import { toast } from '../ui/toast';
import { type User, usersQuery } from './queries';
import { ResetUser } from './ResetUser';
import { type Edit, UserConfirm } from './UserConfirm';

/** Everybody with an account here. */
export function UsersPage() {
  const client = useQueryClient();
  const { user: me } = useSession();
  const users = useQuery(usersQuery);
  const [resetting, setResetting] = useState<User>();
  const [link, setLink] = useState<{ user: User; link: string }>();
  const [asking, setAsking] = useState<{ user: User; edit: Edit }>();
  const columns = useMemo<Column<User>[]>(
    () => [
      {
        id: 'name',
        header: t('operator.users.name'),
        cell: ({ row: { original } }) => (
          <div className="min-w-0 leading-4">
            <span className="flex min-w-0 items-center gap-2">
              <span className="truncate leading-5 font-medium">{original.name}</span>
              {original.id === me.id && <Badge tone="accent">{t('operator.users.you')}</Badge>}
            </span>
            <span className="block truncate text-xs text-ink-faint">{original.email}</span>
          </div>
        ),
      },
      {
        id: 'operator',
        header: t('operator.users.operator'),
        width: 'w-28',
        from: 'sm',
        cell: ({ row: { original } }) =>
          original.operator ? <Badge>{t('operator.users.operator')}</Badge> : null,
      },
      {
        id: 'state',
        header: t('operator.users.state'),
        width: 'w-32',
        cell: ({ row: { original } }) => (
          <Status tone={original.suspended ? 'refused' : 'allowed'}>
            {t(original.suspended ? 'operator.users.suspended' : 'operator.users.active')}
          </Status>
        ),
      },
      {
        id: 'created',
        header: t('operator.created'),
        width: 'w-36',
        from: 'md',
        cell: ({ row: { original } }) => <Time at={original.created_at} className="text-ink-soft" />,
      },
    ],
    [me.id],
  );

  async function edit(user: User, change: Edit) {
    await request('patch', urlOf('/api/v1/users/{user}', { user: user.id }), { body: change });
    await client.invalidateQueries({ queryKey: usersQuery.queryKey });
  }

  /** What gives back what was taken needs no question. */
  async function giveBack(user: User) {
    try {
      await edit(user, { suspended: false });
      toast({ title: t('operator.users.restored', { name: user.name }) });
    } catch (error) {
      toast({ ...problemText(error), tone: 'refused' });
    }
  }

  return (
    <Page title={t('operator.users')} text={t('operator.users.text')}>
      <Loaded query={users} skeleton={<TableSkeleton columns={4} rows={5} />}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('operator.users.none')} />
          ) : (
            <DataTable
              label={t('operator.users')}
              columns={columns}
              rows={rows}
              rowId={({ id }) => id}
              rowName={({ name }) => name}
              rowHeight={48}
              rowActions={(user) => (
                <Menu
                  trigger={
                    <IconButton size="sm" label={t('ui.table.rowActions', { what: user.name })}>
                      <MoreHorizontal className="size-4" aria-hidden />
                    </IconButton>
                  }
                >
                  <MenuItem onSelect={() => setResetting(user)}>{t('operator.users.reset')}</MenuItem>
                  <MenuLine />
                  <MenuItem onSelect={() => setAsking({ user, edit: { operator: !user.operator } })}>
                    {t(user.operator ? 'operator.users.demote' : 'operator.users.promote')}
                  </MenuItem>
                  {user.suspended ? (
                    <MenuItem onSelect={() => void giveBack(user)}>{t('operator.users.restore')}</MenuItem>
                  ) : (
                    <MenuItem danger onSelect={() => setAsking({ user, edit: { suspended: true } })}>
                      {t('operator.users.suspend')}
                    </MenuItem>
                  )}
                </Menu>
              )}
            />
          )
        }
      </Loaded>
      {resetting && (
        <ResetUser
          user={resetting}
          onClose={() => setResetting(undefined)}
          onMade={(made: Schemas['ResetLinkBody']) => {
            setLink({ user: resetting, link: made.link });
            setResetting(undefined);
          }}
        />
      )}
      {link && (
        <LinkOnceDialog
          title={t('operator.users.link.title', { email: link.user.email })}
          text={t('operator.users.link.text')}
          link={link.link}
          onClose={() => setLink(undefined)}
        />
      )}
      {asking && (
        <UserConfirm
          user={asking.user}
          edit={asking.edit}
          onRun={edit}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Page>
  );
}
