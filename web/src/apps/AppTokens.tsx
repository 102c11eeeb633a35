import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useMemo } from 'react';
import { call, type Schemas } from '../api/client';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import type { App } from '../resources/resource';
import { useCan, useTokenRights } from '../session/session';
import { maskedToken, nameOf } from '../tokens/actions';
import { Expires } from '../tokens/columns';
import { TokenStatus } from '../tokens/TokenStatus';
import { ButtonLink } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Empty, Loaded } from '../ui/States';
import { Time } from '../ui/Time';

type Token = Schemas['TokenBody'];
const most = 100;

export const tokensOfAppQuery = (team: string, app: string) => ({
  queryKey: ['tokens', team, 'ofApp', app],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    call('get', '/api/v1/teams/{team}/tokens', { path: { team }, query: { app, limit: most }, signal }),
});

/** The tokens of an app, the first hundred. */
export function AppTokens({ team, app }: { team: string; app: App }) {
  const can = useCan();
  const rights = useTokenRights();
  const navigate = useNavigate();
  const list = useQuery({ ...tokensOfAppQuery(team, app.name), enabled: can('keyward:tokens.read') });
  const columns = useMemo<Column<Token>[]>(
    () => [
      {
        id: 'name',
        header: t('resources.name'),
        cell: ({ row: { original: token } }) => (
          <Link
            to="/teams/$team/tokens/$token"
            params={{ team, token: token.id }}
            className="block truncate rounded-sm font-medium hover:underline"
          >
            {nameOf(token)}
          </Link>
        ),
      },
      {
        id: 'masked',
        header: t('apps.token'),
        width: 'w-28',
        from: 'md',
        cell: ({ row: { original } }) => (
          <span className="font-mono text-xs text-ink-soft">{maskedToken(original)}</span>
        ),
      },
      {
        id: 'status',
        header: t('resources.state'),
        width: 'w-32',
        cell: ({ row: { original } }) => <TokenStatus status={original.status} />,
      },
      {
        id: 'use',
        header: t('apps.tokens.lastUse'),
        width: 'w-36',
        from: 'sm',
        cell: ({ row: { original } }) =>
          original.last_use ? (
            <Time at={original.last_use.at} className="text-ink-soft" />
          ) : (
            <None>{t('apps.tokens.never')}</None>
          ),
      },
      {
        id: 'expires',
        header: t('apps.tokens.expires'),
        width: 'w-32',
        from: 'sm',
        cell: ({ row: { original } }) => <Expires token={original} />,
      },
    ],
    [team],
  );
  const create = rights.of(app.id) && (
    <ButtonLink to="/teams/$team/tokens/new" params={{ team }} icon={<Plus className="size-4" aria-hidden />}>
      {t('apps.tokens.create')}
    </ButtonLink>
  );
  if (!can('keyward:tokens.read')) return null;
  return (
    <div className="pt-4">
      <Loaded query={list} skeleton={<TableSkeleton rows={4} columns={4} />}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty className="py-10" title={t('apps.tokens.none')} action={create} />
          ) : (
            <>
              <div className="mb-2 flex items-center justify-between gap-3 text-sm">
                <Link
                  to="/teams/$team/tokens"
                  params={{ team }}
                  search={{ app: app.name }}
                  className="rounded-sm text-accent-ink hover:underline"
                >
                  {t('apps.tokens.all')}
                </Link>
                {create}
              </div>
              <DataTable
                label={t('apps.tab.tokens')}
                columns={columns}
                rows={items}
                rowId={(token) => token.id}
                rowName={nameOf}
                onOpen={(token) =>
                  void navigate({ to: '/teams/$team/tokens/$token', params: { team, token: token.id } })
                }
              />
              {next && (
                <p className="pt-3 text-center text-sm text-ink-faint">
                  {t('apps.tokens.first', { count: most })}
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </div>
  );
}
