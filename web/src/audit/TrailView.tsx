import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type FocusEvent, useCallback, useEffect, useMemo } from 'react';
import { t } from '../messages/messages';
import { useCommands } from '../shell/commands';
import { useShortcut } from '../shell/shortcuts';
import { DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { Empty, ErrorState, NoResult, Pending, Stale } from '../ui/States';
import { useWindowWidth } from '../ui/window';
import { eventColumns } from './columns';
import { EventPane } from './EventPane';
import { ExportButton } from './ExportButton';
import { Filters, type Somebody } from './Filters';
import { eventsQuery, type Trail } from './queries';
import { type AuditSearch, isFiltered } from './search';
import { Verification } from './Verification';
import { actionText, targetName } from './words';

interface TrailViewProps {
  trail: Trail;
  title: string;
  text: string;
  search: AuditSearch;
  /** Whose actions can be looked for, as far as they are known. */
  people: readonly Somebody[];
  /** Changes the address. */
  onChange: (next: Partial<AuditSearch>) => void;
}

/** Who did what, when and from where: a list to filter, one event beside it, and whether the trail is as it was. */
export function TrailView({ trail, title, text, search, people, onChange }: TrailViewProps) {
  const narrow = useWindowWidth() < 640;
  const list = useInfiniteQuery({ ...eventsQuery(trail, search), placeholderData: keepPreviousData });
  const rows = useMemo(() => (list.data?.pages ?? []).flatMap((page) => page.items), [list.data]);
  const beside = search.event !== undefined;
  const columns = useMemo(() => eventColumns(beside), [beside]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  useShortcut('r', () => void list.refetch(), {
    label: t('audit.refresh'),
    group: t('shell.shortcuts.here'),
  });
  useCommands([{ label: t('audit.refresh'), run: () => void list.refetch() }]);

  const at = rows.findIndex(({ sequence }) => String(sequence) === search.event);
  const last = rows.at(-1)?.sequence ?? 0;
  // A link to an event further down the trail: what lies between is read, too.
  const searching = beside && at < 0 && hasNextPage && last > Number(search.event);
  useEffect(() => {
    if (searching) more();
  }, [searching, more]);

  /** While an event is open, walking through the rows opens those. */
  const follow = (event: FocusEvent) => {
    const id = event.target instanceof HTMLElement && event.target.dataset.row;
    if (beside && id && id !== search.event) onChange({ event: id });
  };
  const step = (by: number) => {
    const next = rows[at + by];
    return at >= 0 && next ? () => onChange({ event: String(next.sequence) }) : undefined;
  };
  const clear = () =>
    onChange({
      action: undefined,
      kind: undefined,
      target: undefined,
      actor: undefined,
      range: undefined,
      from: undefined,
      to: undefined,
    });

  return (
    <div className={beside ? 'lg:pe-[28rem]' : undefined}>
      <Page title={title} text={text} actions={<ExportButton trail={trail} search={search} />}>
        <Verification trail={trail} />
        <Filters search={search} people={people} onChange={onChange} onClear={clear} />
        <Stale query={list} />
        {list.isPending && (
          <Pending>
            <TableSkeleton columns={5} />
          </Pending>
        )}
        {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {rows.length > 0 && (
          <div onFocusCapture={follow} aria-busy={list.isPlaceholderData || undefined}>
            <DataTable
              label={title}
              columns={columns}
              rows={rows}
              rowId={({ sequence }) => String(sequence)}
              rowName={(event) => `${actionText(event.action)} ${targetName(event)}`}
              selection={search.event ? { [search.event]: true } : undefined}
              onOpen={({ sequence }) => onChange({ event: String(sequence) })}
              rowHeight={narrow ? 52 : 40}
              onEnd={more}
              loadingMore={isFetchingNextPage}
            />
          </div>
        )}
        {list.data && rows.length === 0 && !list.isPlaceholderData && (
          <Nothing search={search} onClear={clear} />
        )}
      </Page>
      {search.event && (
        <EventPane
          trail={trail}
          event={rows[at]}
          place={search.event}
          searching={searching || list.isPending}
          onChange={onChange}
          onPrevious={step(-1)}
          onNext={step(1)}
        />
      )}
    </div>
  );
}

function Nothing({ search, onClear }: { search: AuditSearch; onClear: () => void }) {
  if (isFiltered(search)) return <NoResult onClear={onClear} />;
  return <Empty title={t('audit.none.title')} text={t('audit.none.text')} />;
}
