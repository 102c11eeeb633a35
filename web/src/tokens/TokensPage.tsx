import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { useTeamName, useTokenRights } from '../session/session';
import { useCommands } from '../shell/commands';
import { sortOf, sortText } from '../shell/search';
import { useShortcut } from '../shell/shortcuts';
import { Button, ButtonLink } from '../ui/Button';
import { BulkBar, DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { Empty, ErrorState, NoResult, Pending, Stale } from '../ui/States';
import { useZone } from '../ui/Time';
import { isAlive, nameOf, useTokenActions } from './actions';
import { tokenColumns } from './columns';
import { isFiltered, stillMatters, weeks } from './list';
import { type Token, tokensQuery, weekQuery } from './queries';
import { RevokeDialog } from './RevokeDialog';
import { sortColumns, type TokensSearch } from './search';
import { TokenMenu } from './TokenMenu';
import { TokensFilters } from './TokensFilters';

/** So many are loaded to be sorted; beyond, filters help more than order. */
const mostSorted = 2000;

export function TokensPage() {
  const team = useTeamName();
  const zone = useZone();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/tokens' });
  const [selection, setSelection] = useState<Record<string, true>>({});
  const [revoking, setRevoking] = useState<Token[]>([]);
  const list = useInfiniteQuery(tokensQuery(team, search));
  const apps = useQuery(appsQuery(team));
  const week = useQuery(weekQuery(team, zone));
  const actions = useTokenActions(team);
  const rights = useTokenRights();
  const mayWrite = rights.any;

  const rows = useMemo(() => {
    const pages = (list.data?.pages ?? []).map(({ items }) =>
      search.expiring || search.unused ? items.filter((token) => stillMatters(token, search)) : items,
    );
    // Much faster than to flatten them, where there are hundreds.
    return ([] as Token[]).concat(...pages);
  }, [list.data, search]);
  const columns = useMemo(
    () => tokenColumns({ team, apps: apps.data ?? [], weeks: week.data && weeks(week.data) }),
    [team, apps.data, week.data],
  );
  const sorting = sortOf(search.sort, sortColumns);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const toSort = sorting.length > 0 && rows.length < mostSorted;
  useEffect(() => {
    if (toSort) more();
  }, [toSort, more]);

  const change = (next: Partial<TokensSearch>) => {
    setSelection({});
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  };
  const clear = () => {
    setSelection({});
    void navigate({ to: '.', search: { sort: search.sort }, replace: true });
  };
  const create = () => void navigate({ to: '/teams/$team/tokens/new', params: { team } });
  useShortcut('c', create, {
    label: t('tokens.shortcut.create'),
    group: t('shell.shortcuts.here'),
    when: mayWrite,
  });
  useCommands(mayWrite ? [{ label: t('tokens.create'), words: 'new', run: create }] : []);

  // The same for as long as the page is: rows are drawn again for new ones.
  const open = useCallback(
    (token: Token) => void navigate({ to: '/teams/$team/tokens/$token', params: { team, token: token.id } }),
    [navigate, team],
  );
  const menuOf = useCallback(
    (token: Token) => <TokenMenu token={token} onRevoke={() => setRevoking([token])} />,
    [],
  );

  const selected = useMemo(
    () => (Object.keys(selection).length > 0 ? rows.filter((token) => selection[token.id]) : []),
    [rows, selection],
  );
  const alive = selected.filter((token) => isAlive(token) && rights.of(token.app));
  const createButton = mayWrite && (
    <ButtonLink
      tone="primary"
      to="/teams/$team/tokens/new"
      params={{ team }}
      icon={<Plus className="size-4" aria-hidden />}
    >
      {t('tokens.create')}
    </ButtonLink>
  );

  return (
    <Page title={t('tokens.title')} text={t('tokens.text')} actions={createButton}>
      <TokensFilters
        search={search}
        apps={apps.data ?? []}
        onChange={change}
        count={list.data && { loaded: rows.length, more: hasNextPage }}
      />
      <Stale query={list} />
      {list.isPending && (
        <Pending>
          <TableSkeleton columns={6} />
        </Pending>
      )}
      {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length > 0 && (
        <DataTable
          label={t('tokens.list')}
          columns={columns}
          rows={rows}
          rowId={(token) => token.id}
          rowName={nameOf}
          sorting={sorting}
          onSort={(next) => change({ sort: sortText(next) })}
          selection={selection}
          onSelect={mayWrite ? setSelection : undefined}
          onOpen={open}
          rowActions={menuOf}
          onEnd={more}
          loadingMore={isFetchingNextPage}
        />
      )}
      {sorting.length > 0 && hasNextPage && !toSort && (
        <p className="py-3 text-center text-sm text-ink-faint">
          {t('tokens.sortedAmong', { count: rows.length })}
        </p>
      )}
      {list.data && rows.length === 0 && !isFetchingNextPage && !hasNextPage && (
        <Nothing filtered={isFiltered(search)} onClear={clear} action={createButton} />
      )}
      <BulkBar count={selected.length} onClear={() => setSelection({})}>
        <Button
          size="sm"
          disabled={alive.length === 0}
          onClick={() => {
            setSelection({});
            void actions.disable(alive.filter((token) => token.status !== 'disabled'));
          }}
        >
          {t('tokens.action.disable')}
        </Button>
        <Button size="sm" tone="danger" disabled={alive.length === 0} onClick={() => setRevoking(alive)}>
          {t('tokens.action.revoke')}
        </Button>
      </BulkBar>
      {revoking.length > 0 && (
        <RevokeDialog
          team={team}
          tokens={revoking}
          onClose={() => {
            setRevoking([]);
            setSelection({});
          }}
        />
      )}
    </Page>
  );
}

interface NothingProps {
  filtered: boolean;
  onClear: () => void;
  action: React.ReactNode;
}

function Nothing({ filtered, onClear, action }: NothingProps) {
  if (filtered) return <NoResult onClear={onClear} />;
  return <Empty title={t('tokens.empty.title')} text={t('tokens.empty.text')} action={action} />;
}
