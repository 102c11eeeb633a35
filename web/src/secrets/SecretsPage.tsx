import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { connectionsWith } from '../connections/uses';
import { t } from '../messages/messages';
import { NameCell, None } from '../resources/bits';
import { resourcesQuery, type Secret } from '../resources/resource';
import { useCan, useTeamName } from '../session/session';
import { useCommands } from '../shell/commands';
import { fits } from '../shell/palette-match';
import { sortOf, sortText } from '../shell/search';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { SearchInput } from '../ui/SearchInput';
import { Empty, Loaded, NoResult } from '../ui/States';
import { Time } from '../ui/Time';
import { SecretDialog } from './SecretDialog';
import { SecretUse } from './SecretUse';

export function SecretsPage() {
  const team = useTeamName();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/secrets' });
  const [entering, setEntering] = useState(false);
  const list = useQuery(resourcesQuery('secrets', team));
  const connections = useQuery(resourcesQuery('connections', team));
  const mayWrite = can('keyward:secrets.write');
  const columns = useMemo<Column<Secret>[]>(
    () => [
      {
        id: 'name',
        header: t('secrets.column.name'),
        accessorFn: ({ name }) => name,
        cell: ({ row: { original } }) => (
          <NameCell
            link={{ to: '/teams/$team/secrets/$name', params: { team, name: original.name } }}
            name={original.name}
            below={original.spec.description}
          />
        ),
      },
      {
        id: 'presented',
        header: t('secrets.column.connections'),
        width: 'w-64',
        from: 'md',
        enableSorting: false,
        cell: ({ row: { original } }) => {
          if (!connections.data) return <None>–</None>;
          const uses = connectionsWith(original.name, connections.data);
          if (uses.length === 0) return <None>{t('secrets.unused')}</None>;
          return (
            <span className="flex gap-2 overflow-hidden font-mono text-xs">
              {uses.map(({ connection, certificate }) => (
                <Link
                  key={`${connection.id} ${certificate}`}
                  to="/teams/$team/connections/$name"
                  params={{ team, name: connection.name }}
                  className="truncate rounded-sm text-ink-soft hover:text-ink hover:underline"
                >
                  {connection.name}
                </Link>
              ))}
            </span>
          );
        },
      },
      {
        id: 'use',
        header: t('secrets.column.use'),
        width: 'w-56',
        from: 'lg',
        enableSorting: false,
        cell: ({ row: { original } }) => <SecretUse team={team} name={original.name} />,
      },
      {
        id: 'changed',
        header: t('secrets.column.changed'),
        width: 'w-36',
        accessorFn: ({ updated_at }) => Date.parse(updated_at),
        cell: ({ row: { original } }) => <Time at={original.updated_at} className="text-ink-soft" />,
      },
    ],
    [team, connections.data],
  );
  const enter = () => setEntering(true);
  useShortcut('c', enter, { label: t('secrets.create'), group: t('shell.shortcuts.here'), when: mayWrite });
  useCommands(mayWrite ? [{ label: t('secrets.create'), words: 'new', run: enter }] : []);
  const change = (next: object) =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  const button = mayWrite && (
    <Button tone="primary" icon={<Plus className="size-4" aria-hidden />} onClick={enter}>
      {t('secrets.create')}
    </Button>
  );
  return (
    <Page title={t('secrets.title')} text={t('secrets.text')} actions={button}>
      <Loaded query={list} skeleton={<TableSkeleton filter tall columns={4} />}>
        {(all) => {
          if (all.length === 0)
            return <Empty title={t('secrets.empty.title')} text={t('secrets.empty.text')} action={button} />;
          const rows = all.filter(
            ({ name, spec }) => !search.q || fits(`${name} ${spec.description ?? ''}`, search.q),
          );
          return (
            <>
              <div className="mb-2 flex flex-wrap items-center gap-2">
                <SearchInput
                  label={t('resources.filter')}
                  value={search.q ?? ''}
                  onChange={(q) => change({ q: q || undefined })}
                />
                <span className="ms-auto text-sm text-ink-faint tabular">
                  {t('secrets.count', { count: rows.length })}
                </span>
              </div>
              {rows.length === 0 ? (
                <NoResult onClear={() => change({ q: undefined })} />
              ) : (
                <DataTable
                  label={t('secrets.title')}
                  columns={columns}
                  rows={rows}
                  rowId={({ id }) => id}
                  rowName={({ name }) => name}
                  rowHeight={44}
                  sorting={sortOf(
                    search.sort,
                    columns.map(({ id }) => id ?? ''),
                  )}
                  onSort={(next) => change({ sort: sortText(next) })}
                  onOpen={({ name }) =>
                    void navigate({ to: '/teams/$team/secrets/$name', params: { team, name } })
                  }
                />
              )}
            </>
          );
        }}
      </Loaded>
      {entering && <SecretDialog onClose={() => setEntering(false)} />}
    </Page>
  );
}
