import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FocusEvent, useCallback, useEffect, useMemo, useState } from 'react';
import { t } from '../messages/messages';
import { useCan, useTeamName } from '../session/session';
import { useCommands } from '../shell/commands';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { DataTable, TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { Empty, NoResult, Pending, Stale } from '../ui/States';
import { useZone } from '../ui/Time';
import { useWindowWidth } from '../ui/window';
import { CallPane } from './CallPane';
import { callColumns } from './columns';
import { ExportMenu } from './ExportMenu';
import { FilterBar } from './FilterBar';
import { type CallFilter, chosen, dimensions, isChartable } from './filter';
import { LiveButton } from './LiveButton';
import { useLive } from './live';
import { useNames } from './names';
import { callsQuery, tailUrl, volumeQuery } from './queries';
import { ReadingProblem } from './ReadingProblem';
import { isFixed } from './range';
import { type CallsSearch, filterOf } from './search';
import { Volume } from './Volume';

export function CallsPage() {
  const team = useTeamName();
  const zone = useZone();
  const navigate = useNavigate();
  const can = useCan();
  const search = useSearch({ from: '/inside/teams/$team/calls' });
  const filterKey = JSON.stringify(filterOf(search));
  const filter = useMemo<CallFilter>(() => JSON.parse(filterKey), [filterKey]);
  const narrow = useWindowWidth() < 640;
  const list = useInfiniteQuery({ ...callsQuery(team, filter), placeholderData: keepPreviousData });
  const charted = isChartable(filter);
  const volume = useQuery({ ...volumeQuery(team, filter, zone), enabled: charted });
  const scrolled = useScrolled();
  const isLive = Boolean(search.live) && !isFixed(filter);
  const live = useLive(isLive ? tailUrl(team, filter) : null, scrolled || search.call !== undefined);
  const { refetch } = list;
  // What comes between the reading of the list and the beginning of the tail is in neither.
  useEffect(() => {
    if (live.state === 'on') void refetch();
  }, [live.state, refetch]);

  const rows = useMemo(() => {
    const listed = (list.data?.pages ?? []).flatMap((page) => page.items);
    if (live.rows.length === 0) return listed;
    const fresh = new Set(live.rows.map((record) => record.request_id));
    return [...live.rows, ...listed.filter((record) => !fresh.has(record.request_id))];
  }, [list.data, live.rows]);
  const tokens = useMemo(() => [...new Set(rows.flatMap(({ token }) => token ?? []))], [rows]);
  const names = useNames(team, tokens);
  const beside = search.call !== undefined;
  const columns = useMemo(() => callColumns(names, beside), [names, beside]);

  const change = useCallback(
    (next: Partial<CallsSearch>) =>
      void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const toggleLive = () => change(isLive ? { live: undefined } : { live: true });
  const here = t('shell.shortcuts.here');
  useShortcut('l', toggleLive, { label: t('calls.live.toggle'), group: here, when: !isFixed(filter) });
  useShortcut('r', () => void refetch(), { label: t('calls.refresh'), group: here });
  useCommands([
    { label: t(isLive ? 'calls.live.stop' : 'calls.live.start'), words: 'tail live', run: toggleLive },
    { label: t('calls.refresh'), run: () => void refetch() },
  ]);

  /** While a call is open, walking through the rows opens those. */
  const follow = (event: FocusEvent) => {
    const id = event.target instanceof HTMLElement && event.target.dataset.row;
    if (beside && id && id !== search.call) change({ call: id });
  };
  const clear = () => void navigate({ to: '.', search: { range: search.range }, replace: true });
  const at = rows.findIndex((record) => record.request_id === search.call);
  const step = (by: number) => {
    const next = rows[at + by];
    return next && (() => change({ call: next.request_id }));
  };

  return (
    <div className={beside ? 'xl:pe-[28rem]' : undefined}>
      <Page
        title={t('calls.title')}
        text={beside ? undefined : t('calls.text')}
        actions={
          <>
            <LiveButton on={isLive} state={live.state} disabled={isFixed(filter)} onChange={toggleLive} />
            <ExportMenu team={team} filter={filter} />
          </>
        }
      >
        <FilterBar filter={filter} dimensions={dimensions} names={names} onChange={change} />
        {charted && volume.isError && !volume.data ? null : charted ? (
          <Volume
            chart={volume.data}
            onRange={(from, to) =>
              change({
                range: undefined,
                live: undefined,
                from: from.toISOString(),
                to: to.toISOString(),
              })
            }
          />
        ) : (
          <p className="mb-4 text-sm text-ink-faint">{t('calls.volume.none')}</p>
        )}
        <Stale query={list} />
        {live.missed > 0 && (
          <p role="status" className="mb-3 rounded-md bg-warning-soft px-3 py-1.5 text-sm text-warning">
            {t('calls.live.missed', { count: live.missed })}
          </p>
        )}
        {live.waiting > 0 && (
          <div className="pointer-events-none sticky top-22 z-20 -mb-8 flex justify-center">
            <Button
              size="sm"
              tone="primary"
              className="pointer-events-auto shadow-raised"
              onClick={() => {
                live.release();
                window.scrollTo({ top: 0 });
              }}
            >
              {t('calls.live.waiting', { count: live.waiting })}
            </Button>
          </div>
        )}
        {list.isPending && (
          <Pending>
            <TableSkeleton columns={6} />
          </Pending>
        )}
        {list.isError && !list.data && (
          <ReadingProblem error={list.error} onRetry={() => void refetch()} onClear={clear} />
        )}
        {rows.length > 0 && (
          <div onFocusCapture={follow} aria-busy={list.isPlaceholderData || undefined}>
            <DataTable
              label={t('calls.list')}
              columns={columns}
              rows={rows}
              rowId={(record) => record.request_id}
              rowName={(record) => `${record.method} ${record.path}`}
              selection={search.call ? { [search.call]: true } : undefined}
              onOpen={(record) => change({ call: record.request_id })}
              rowHeight={narrow ? 52 : 36}
              onEnd={more}
              loadingMore={isFetchingNextPage}
            />
          </div>
        )}
        {list.data && rows.length === 0 && !list.isPlaceholderData && (
          <Nothing filter={filter} onClear={clear} onWider={() => change({ range: '30d' })} />
        )}
      </Page>
      {search.call && (
        <CallPane
          team={team}
          id={search.call}
          known={rows[at]}
          names={names}
          mayCapture={can('keyward:captures.read')}
          onPrevious={step(-1)}
          onNext={at >= 0 ? step(1) : undefined}
          onClose={() => change({ call: undefined })}
        />
      )}
    </div>
  );
}

interface NothingProps {
  filter: CallFilter;
  onClear: () => void;
  onWider: () => void;
}

function Nothing({ filter, onClear, onWider }: NothingProps) {
  if (chosen(filter).length > 0) return <NoResult onClear={onClear} />;
  const longest = filter.range === '30d' || filter.range === '90d';
  return (
    <Empty
      title={t('calls.none.title')}
      text={t(isFixed(filter) || longest ? 'calls.none.text' : 'calls.none.wider')}
      action={!longest && <Button onClick={onWider}>{t('calls.none.action')}</Button>}
    />
  );
}

/** Whether one has scrolled into the list: what is read then should not move. */
function useScrolled(): boolean {
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const look = () => setScrolled(window.scrollY > 280);
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, []);
  return scrolled;
}
