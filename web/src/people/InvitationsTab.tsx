import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { request, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import { roleName } from '../session/roles';
import { useTeamName } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Confirm } from '../ui/Dialog';
import { Empty, Loaded, ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { toast } from '../ui/toast';
import type { Invitation, Member } from './queries';

interface InvitationsTabProps {
  invitations: UseQueryResult<Invitation[]>;
  members: readonly Member[] | undefined;
  /** For those who may invite. */
  onInvite?: () => void;
}

export function InvitationsTab({ invitations, members, onInvite }: InvitationsTabProps) {
  const team = useTeamName();
  const client = useQueryClient();
  const [withdrawing, setWithdrawing] = useState<Invitation>();
  const { busy, problem, setProblem, run } = useAttempt();
  const may = onInvite !== undefined;
  const columns = useMemo<Column<Invitation>[]>(() => {
    const names = new Map((members ?? []).map(({ user }) => [user.id, user.name]));
    return [
      {
        id: 'email',
        header: t('people.email'),
        cell: ({ row: { original } }) => (
          <span className="block min-w-0 leading-5">
            <span className="block truncate font-medium">{original.email}</span>
            <span className="block truncate text-xs text-ink-faint sm:hidden">{roleName(original.role)}</span>
          </span>
        ),
      },
      {
        id: 'role',
        header: t('people.column.role'),
        width: 'w-40',
        from: 'sm',
        cell: ({ row: { original } }) => <span className="block truncate">{roleName(original.role)}</span>,
      },
      {
        id: 'by',
        header: t('people.column.by'),
        width: 'w-44',
        from: 'lg',
        cell: ({ row: { original } }) =>
          original.invited_by && names.has(original.invited_by) ? (
            <span className="block truncate">{names.get(original.invited_by)}</span>
          ) : (
            <None>{t('people.by.other')}</None>
          ),
      },
      {
        id: 'created',
        header: t('people.column.created'),
        width: 'w-36',
        from: 'md',
        cell: ({ row: { original } }) => <Time at={original.created_at} className="text-ink-soft" />,
      },
      {
        id: 'expires',
        header: t('people.column.expires'),
        width: 'w-32',
        from: 'sm',
        cell: ({ row: { original } }) => <Time at={original.expires_at} className="text-ink-soft" />,
      },
      ...(may
        ? [
            {
              id: 'withdraw',
              header: () => <span className="sr-only">{t('ui.table.actions')}</span>,
              width: 'w-26',
              align: 'end',
              cell: ({ row: { original } }) => (
                <Button
                  size="sm"
                  tone="quiet"
                  aria-label={t('people.withdraw.what', { email: original.email })}
                  onClick={() => setWithdrawing(original)}
                >
                  {t('people.withdraw')}
                </Button>
              ),
            } satisfies Column<Invitation>,
          ]
        : []),
    ];
  }, [members, may]);

  const withdraw = ({ id, email }: Invitation) =>
    run(async () => {
      await request('delete', urlOf('/api/v1/teams/{team}/invitations/{id}', { team, id }));
      setWithdrawing(undefined);
      toast({ title: t('people.withdrawn', { email }) });
      await client.invalidateQueries({ queryKey: ['people', team, 'invitations'] });
    });

  return (
    <Loaded query={invitations} skeleton={<TableSkeleton columns={4} rows={3} />}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty
            title={t('people.invitations.empty.title')}
            text={t('people.invitations.empty.text')}
            action={onInvite && <Button onClick={onInvite}>{t('people.invite')}</Button>}
          />
        ) : (
          <>
            <DataTable
              label={t('people.tab.invitations')}
              columns={columns}
              rows={rows}
              rowId={({ id }) => id}
              rowName={({ email }) => email}
              rowHeight={44}
            />
            <Confirm
              open={withdrawing !== undefined}
              title={t('people.withdraw.title', { email: withdrawing?.email ?? '' })}
              text={t('people.withdraw.text')}
              onCancel={() => {
                setWithdrawing(undefined);
                setProblem(undefined);
              }}
              confirm={
                <Button tone="danger" busy={busy} onClick={() => withdrawing && void withdraw(withdrawing)}>
                  {t('people.withdraw')}
                </Button>
              }
            >
              {problem ? <ProblemNote error={problem} /> : undefined}
            </Confirm>
          </>
        )
      }
    </Loaded>
  );
}
