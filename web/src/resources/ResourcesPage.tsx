import { useQuery } from '@tanstack/react-query';
import { type LinkProps, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { t } from '../messages/messages';
import { useCan, useTeamName } from '../session/session';
import { useCommands } from '../shell/commands';
import { fits } from '../shell/palette-match';
import { sortOf, sortText } from '../shell/search';
import { useShortcut } from '../shell/shortcuts';
import { ButtonLink } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { SearchInput } from '../ui/SearchInput';
import { Empty, Loaded, NoResult } from '../ui/States';
import { type Kind, mayWrite, type Resource, resourcesQuery } from './resource';
import type { ListSearch } from './search';

interface ResourcesPageProps<K extends Kind> {
  kind: K;
  title: string;
  text: string;
  /** How many there are: "12 apps". */
  count: (count: number) => string;
  columns: Column<Resource<K>>[];
  /** What the filter looks at besides the name. */
  words: (resource: Resource<K>) => string;
  /** Further filters, with those that fit. */
  filters?: ReactNode;
  keeps?: (resource: Resource<K>) => boolean;
  open: (resource: Resource<K>) => LinkProps;
  create: { label: string; link: LinkProps };
  /** Beside the button that creates. */
  moreActions?: ReactNode;
  empty: { title: string; text: string };
  rowHeight?: number;
}

/** The list of one kind: filter, table, and the way to a new one. */
export function ResourcesPage<K extends Kind>(props: ResourcesPageProps<K>) {
  const { kind, title, text, count, columns, words, filters, keeps, open, create, moreActions, empty } =
    props;
  const team = useTeamName();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as ListSearch & Record<string, unknown>;
  const list = useQuery(resourcesQuery(kind, team));
  const mayCreate = can(mayWrite(kind));

  const rows = useMemo(
    () =>
      (list.data ?? []).filter(
        (one) => (!search.q || fits(`${one.name} ${words(one)}`, search.q)) && (!keeps || keeps(one)),
      ),
    [list.data, search.q, words, keeps],
  );
  const sorting = sortOf(
    search.sort,
    columns.map((column) => column.id ?? ''),
  );
  const change = (next: Record<string, unknown>) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...next }), replace: true } as never);
  const clear = () => void navigate({ to: '.', search: { sort: search.sort }, replace: true } as never);
  const toCreate = () => void navigate(create.link as never);
  useShortcut('c', toCreate, { label: create.label, group: t('shell.shortcuts.here'), when: mayCreate });
  useCommands(mayCreate ? [{ label: create.label, words: 'new', run: toCreate }] : []);

  const createButton = mayCreate && (
    <ButtonLink tone="primary" {...create.link} icon={<Plus className="size-4" aria-hidden />}>
      {create.label}
    </ButtonLink>
  );
  return (
    <Page
      title={title}
      text={text}
      actions={
        <>
          {mayCreate && moreActions}
          {createButton}
        </>
      }
    >
      <Loaded
        query={list}
        skeleton={<TableSkeleton filter tall={props.rowHeight === 44} columns={columns.length} />}
      >
        {(all) =>
          all.length === 0 ? (
            <Empty
              title={empty.title}
              text={empty.text}
              action={
                <>
                  {createButton}
                  {mayCreate && moreActions}
                </>
              }
            />
          ) : (
            <>
              <div className="mb-2 flex flex-wrap items-center gap-2">
                <SearchInput
                  label={t('resources.filter')}
                  value={search.q ?? ''}
                  onChange={(q) => change({ q: q || undefined })}
                />
                {filters}
                <span className="ms-auto text-sm text-ink-faint tabular">{count(rows.length)}</span>
              </div>
              {rows.length === 0 ? (
                <NoResult onClear={clear} />
              ) : (
                <DataTable
                  label={title}
                  columns={columns}
                  rows={rows}
                  rowId={(one) => one.id}
                  rowName={(one) => one.name}
                  sorting={sorting}
                  onSort={(next) => change({ sort: sortText(next) })}
                  onOpen={(one) => void navigate(open(one) as never)}
                  rowHeight={props.rowHeight}
                />
              )}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
