import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { count } from '../format/numbers';
import { hasMessage, t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { SearchInput } from '../ui/SearchInput';
import { Select } from '../ui/Select';
import { Empty, ErrorState, NoResult, Pending, Stale } from '../ui/States';
import { Time } from '../ui/Time';
import { type SecurityEvent, securityQuery } from './queries';
import { listeners, type SecuritySearch, securityKinds } from './search';

const any = 'any';

export function kindText(kind: string): string {
  const id = `operator.security.kind.${kind}`;
  return hasMessage(id) ? t(id) : kind;
}

/** What callers sent to the listeners of this node that was refused for its form. */
export function SecurityPage() {
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/installation/security' });
  const list = useInfiniteQuery({ ...securityQuery(search), placeholderData: keepPreviousData });
  const rows = useMemo(() => (list.data?.pages ?? []).flatMap((page) => page.items), [list.data]);
  const change = (next: Partial<SecuritySearch>) =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  const clear = () => void navigate({ to: '.', search: {}, replace: true });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  useShortcut('r', () => void list.refetch(), {
    label: t('operator.refresh'),
    group: t('shell.shortcuts.here'),
  });
  const filtered = Object.values(search).some((value) => value !== undefined);
  return (
    <Page title={t('operator.security')} text={t('operator.security.text')}>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <SearchInput
          label={t('operator.security.address')}
          value={search.address ?? ''}
          onChange={(address) => change({ address: address.trim() || undefined })}
        />
        <Select<NonNullable<SecuritySearch['kind']> | typeof any>
          size="sm"
          className="w-64"
          label={t('operator.security.kind')}
          value={search.kind ?? any}
          onChange={(kind) => change({ kind: kind === any ? undefined : kind })}
          choices={[
            { value: any, label: t('operator.security.anyKind') },
            ...securityKinds.map((kind) => ({ value: kind, label: kindText(kind) })),
          ]}
        />
        <Select<NonNullable<SecuritySearch['listener']> | typeof any>
          size="sm"
          className="w-44"
          label={t('operator.security.listener')}
          value={search.listener ?? any}
          onChange={(listener) => change({ listener: listener === any ? undefined : listener })}
          choices={[
            { value: any, label: t('operator.security.anyListener') },
            ...listeners.map((one) => ({ value: one, label: t(`operator.security.listener.${one}`) })),
          ]}
        />
        {filtered && (
          <Button size="sm" tone="quiet" onClick={clear}>
            {t('ui.noResult.clear')}
          </Button>
        )}
      </div>
      <Stale query={list} />
      {list.isPending && (
        <Pending>
          <TableSkeleton columns={5} />
        </Pending>
      )}
      {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {rows.length > 0 && (
        <DataTable
          label={t('operator.security')}
          columns={columns()}
          rows={rows}
          rowId={({ id }) => id}
          rowName={({ kind }) => kindText(kind)}
          rowHeight={44}
          onEnd={more}
          loadingMore={isFetchingNextPage}
        />
      )}
      {list.data &&
        rows.length === 0 &&
        !list.isPlaceholderData &&
        (filtered ? (
          <NoResult onClear={clear} />
        ) : (
          <Empty title={t('operator.security.none')} text={t('operator.security.none.text')} />
        ))}
    </Page>
  );
}

let made: Column<SecurityEvent>[] | undefined;

/** Made once, when the messages are there. */
function columns(): Column<SecurityEvent>[] {
  made ??= [
    {
      id: 'at',
      header: t('operator.security.at'),
      width: 'w-29 sm:w-36',
      cell: ({ row: { original } }) => <Time at={original.at} className="text-ink-soft" />,
    },
    {
      id: 'kind',
      header: t('operator.security.what'),
      cell: ({ row: { original } }) => (
        <span className="block min-w-0 leading-4">
          <span className="block truncate leading-5 font-medium">{kindText(original.kind)}</span>
          <span className="block truncate text-xs text-ink-faint">
            <span className="font-mono sm:hidden">{original.address} </span>
            {original.detail}
          </span>
        </span>
      ),
    },
    {
      id: 'address',
      header: t('operator.security.from'),
      width: 'w-44',
      from: 'sm',
      cell: ({ row: { original } }) => (
        <span className="block truncate font-mono text-xs">{original.address}</span>
      ),
    },
    {
      id: 'listener',
      header: t('operator.security.listener'),
      width: 'w-36',
      from: 'md',
      cell: ({ row: { original } }) => t(`operator.security.listener.${original.listener}`),
    },
    {
      id: 'count',
      header: t('operator.security.count'),
      width: 'w-20',
      from: 'sm',
      align: 'end',
      cell: ({ row: { original } }) => <span className="tabular">{count(original.count)}</span>,
    },
  ];
  return made;
}
