import {
  type ColumnDef,
  createSortedRowModel,
  type RowData,
  type RowSelectionState,
  rowSelectionFeature,
  rowSortingFeature,
  type SortingState,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  type ReactNode,
  startTransition,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { Checkbox } from './Checkbox';
import { cx } from './cx';
import { DataRow, shownFrom } from './DataRow';

export { BulkBar } from './BulkBar';
export { TableSkeleton } from './TableSkeleton';

const features = tableFeatures({
  rowSortingFeature,
  rowSelectionFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});

export type Features = typeof features;

export type Column<T extends RowData> = ColumnDef<Features, T, unknown> & {
  /** Not shown in windows narrower than this. */
  from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl';
  align?: 'end';
  /** A Tailwind width: `w-40`. One column without a width takes the room that is left. */
  width?: string;
};

const nothingSelected: RowSelectionState = {};

/** What is not sorted is made into rows by so many at a time, around those in sight. */
const chunk = 64;

interface DataTableProps<T extends RowData> {
  /** What the table lists, read aloud. */
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowId: (row: T) => string;
  /** What a row is called in "Select {…}". */
  rowName: (row: T) => string;
  /** Kept in the URL by the page. */
  sorting?: SortingState;
  onSort?: (sorting: SortingState) => void;
  selection?: RowSelectionState;
  onSelect?: (selection: RowSelectionState) => void;
  /** Opens a row: on a click anywhere in it, and on Enter. Put a real link in the first column besides. */
  onOpen?: (row: T) => void;
  /** Things to do with one row, at its end. */
  rowActions?: (row: T) => ReactNode;
  /** Called when the end of what is loaded comes near. */
  onEnd?: () => void;
  loadingMore?: boolean;
  rowHeight?: number;
}

/**
 * Rows of things. Only those in sight are in the document, so a list may be as long as it likes.
 * Arrow keys and j/k move, Enter opens, x selects.
 */
export function DataTable<T extends RowData>(props: DataTableProps<T>) {
  const { label, columns, rows, rowId, rowName, sorting, onSort, selection, onSelect, onOpen } = props;
  const { rowActions, onEnd, loadingMore, rowHeight = 40 } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  const [current, setCurrent] = useState(-1);

  // The table looks at its state by identity: what is equal has to be the same.
  const sortKey = JSON.stringify(sorting ?? []);
  const sortingState = useMemo<SortingState>(() => JSON.parse(sortKey), [sortKey]);
  const selectionState = selection ?? nothingSelected;

  // Only what is above the list moves it, and what moves it changes the height of the page.
  useLayoutEffect(() => {
    const place = () => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    place();
    const observer = new ResizeObserver(place);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  // What is seen is drawn before what is scrolled to.
  const [overscan, setOverscan] = useState(0);
  useEffect(() => startTransition(() => setOverscan(12)), []);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan,
    scrollMargin: offset,
    scrollPaddingStart: 100,
    scrollPaddingEnd: 24,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const before = (items[0]?.start ?? offset) - offset;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);

  // To be sorted, all have to be rows. A hundred thousand of them would be made anew with each page that is loaded.
  const whole = sortingState.length > 0;
  const from = whole ? 0 : Math.floor((items[0]?.index ?? 0) / chunk) * chunk;
  const to = whole ? rows.length : Math.min(rows.length, Math.ceil((last + 1) / chunk) * chunk);
  // A row remembers what its columns make of it: other columns, as when more is known, need other rows.
  const data = useSame(rows.slice(from, to), columns);

  const table = useTable({
    features,
    columns,
    data,
    getRowId: rowId,
    enableSortingRemoval: true,
    state: { sorting: sortingState, rowSelection: selectionState },
    onSortingChange: (next) => onSort?.(typeof next === 'function' ? next(sortingState) : next),
    onRowSelectionChange: (next) => onSelect?.(typeof next === 'function' ? next(selectionState) : next),
  });
  const sorted = table.getRowModel().rows;
  const rowAt = (index: number) => sorted[index - from];

  useEffect(() => {
    if (onEnd && last >= rows.length - 10) onEnd();
  }, [last, rows.length, onEnd]);

  const moved = useRef((_by: number) => {});
  moved.current = (by) => {
    const next = Math.min(rows.length - 1, Math.max(0, current + by));
    setCurrent(next);
    virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => {
      body.current?.querySelector<HTMLElement>(`[aria-rowindex="${next + 1}"]`)?.focus();
    });
  };
  const move = useCallback((by: number) => moved.current(by), []);
  const here = t('shell.shortcuts.here');
  useShortcut('j', () => move(1), { label: t('shell.table.down'), group: here });
  useShortcut('k', () => move(-1), { label: t('shell.table.up'), group: here });
  useShortcut('x', () => rowAt(current)?.toggleSelected(), {
    label: t('shell.table.select'),
    group: here,
    when: Boolean(onSelect) && current >= 0,
  });

  const chosen = Object.keys(selectionState).length;
  const spacer = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td ref={(cell) => cell?.style.setProperty('height', `${height}px`)} />
      </tr>
    );

  return (
    <>
      <table
        aria-label={label}
        aria-rowcount={rows.length}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
      >
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {onSelect && (
                <th scope="col" className={cx(headClass, 'w-9 ps-1')}>
                  <Checkbox
                    label={t('ui.table.selectAll')}
                    checked={chosen > 0 && chosen === rows.length}
                    partly={chosen > 0 && chosen < rows.length}
                    onChange={() =>
                      onSelect(chosen === 0 ? Object.fromEntries(rows.map((row) => [rowId(row), true])) : {})
                    }
                  />
                </th>
              )}
              {group.headers.map((header) => {
                const column = header.column.columnDef as Column<T>;
                const direction = header.column.getIsSorted();
                const title = <table.FlexRender header={header} />;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={direction ? (direction === 'asc' ? 'ascending' : 'descending') : undefined}
                    className={cx(
                      headClass,
                      column.width,
                      column.from && shownFrom[column.from],
                      column.align && 'text-end',
                    )}
                  >
                    {onSort && header.column.getCanSort() ? (
                      <button
                        type="button"
                        onClick={header.column.getToggleSortingHandler()}
                        className={cx(
                          'inline-flex items-center gap-1 rounded-sm hover:text-ink',
                          direction && 'text-ink',
                          column.align && 'flex-row-reverse',
                        )}
                      >
                        {title}
                        {direction === 'asc' && <ArrowUp className="size-3" aria-hidden />}
                        {direction === 'desc' && <ArrowDown className="size-3" aria-hidden />}
                      </button>
                    ) : (
                      <span className="block truncate">{title}</span>
                    )}
                  </th>
                );
              })}
              {rowActions && (
                <th scope="col" className={cx(headClass, 'w-10')}>
                  <span className="sr-only">{t('ui.table.actions')}</span>
                </th>
              )}
            </tr>
          ))}
        </thead>
        <tbody ref={body}>
          {spacer(before)}
          {items.map((item) => {
            const row = rowAt(item.index);
            if (!row) return null;
            return (
              <DataRow
                key={row.id}
                row={row}
                index={item.index}
                name={rowName}
                height={rowHeight}
                reachable={item.index === Math.max(0, current)}
                picked={row.getIsSelected()}
                selectable={onSelect !== undefined}
                onOpen={onOpen}
                onFocus={setCurrent}
                onMove={move}
                actions={rowActions}
              />
            );
          })}
          {spacer(after)}
        </tbody>
      </table>
      {loadingMore && <p className="py-3 text-center text-sm text-ink-faint">{t('ui.table.loadingMore')}</p>}
    </>
  );
}

/** The list there was, where the next holds the same: that more was loaded further down changes nothing here. */
function useSame<T>(next: T[], beside: unknown): T[] {
  const kept = useRef({ list: next, beside });
  const { list } = kept.current;
  const same =
    kept.current.beside === beside &&
    list.length === next.length &&
    next.every((one, index) => one === list[index]);
  if (!same) kept.current = { list: next, beside };
  return kept.current.list;
}

const headClass =
  'sticky top-12 z-10 h-8 border-b bg-surface px-2 text-xs font-medium whitespace-nowrap text-ink-faint first:ps-1';
