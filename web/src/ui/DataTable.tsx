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
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { Checkbox } from './Checkbox';
import { cx } from './cx';

export { BulkBar } from './BulkBar';
export { TableSkeleton } from './TableSkeleton';

const features = tableFeatures({
  rowSortingFeature,
  rowSelectionFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});

export type Column<T extends RowData> = ColumnDef<typeof features, T, unknown> & {
  /** Not shown in windows narrower than this. */
  from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl';
  align?: 'end';
  /** A Tailwind width: `w-40`. One column without a width takes the room that is left. */
  width?: string;
};

const nothingSelected: RowSelectionState = {};

const shownFrom = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
  '2xl': 'hidden min-[1400px]:table-cell',
};

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

  // A row remembers what its columns make of it: other columns, as when more is known, need other rows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const data = useMemo(() => [...rows], [rows, columns]);

  // The table looks at its state by identity: what is equal has to be the same.
  const sortKey = JSON.stringify(sorting ?? []);
  const sortingState = useMemo<SortingState>(() => JSON.parse(sortKey), [sortKey]);
  const selectionState = selection ?? nothingSelected;

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

  useLayoutEffect(() => {
    const place = () => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    place();
    window.addEventListener('resize', place);
    return () => window.removeEventListener('resize', place);
  });

  const virtualizer = useWindowVirtualizer({
    count: sorted.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: offset,
    scrollPaddingStart: 100,
    scrollPaddingEnd: 24,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const before = (items[0]?.start ?? offset) - offset;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);

  useEffect(() => {
    if (onEnd && last >= sorted.length - 10) onEnd();
  }, [last, sorted.length, onEnd]);

  const move = (by: number) => {
    const next = Math.min(sorted.length - 1, Math.max(0, current + by));
    setCurrent(next);
    virtualizer.scrollToIndex(next);
    const id = sorted[next]?.id;
    requestAnimationFrame(() => {
      if (id) body.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
    });
  };
  const here = t('shell.shortcuts.here');
  useShortcut('j', () => move(1), { label: t('shell.table.down'), group: here });
  useShortcut('k', () => move(-1), { label: t('shell.table.up'), group: here });
  useShortcut('x', () => sorted[current]?.toggleSelected(), {
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
                    onChange={() => table.toggleAllRowsSelected(chosen === 0)}
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
                      title
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
            const row = sorted[item.index];
            if (!row) return null;
            const picked = row.getIsSelected();
            return (
              <tr
                key={row.id}
                data-row={row.id}
                tabIndex={item.index === Math.max(0, current) ? 0 : -1}
                aria-rowindex={item.index + 1}
                aria-selected={onSelect ? picked : undefined}
                onFocus={(event) => event.target === event.currentTarget && setCurrent(item.index)}
                onClick={(event) => {
                  if (onOpen && !isInteractive(event.target)) onOpen(row.original);
                }}
                onKeyDown={(event) => {
                  if (event.target !== event.currentTarget) return;
                  if (event.key === 'Enter') onOpen?.(row.original);
                  else if (event.key === 'ArrowDown') move(1);
                  else if (event.key === 'ArrowUp') move(-1);
                  else if (event.key === ' ' && onSelect) row.toggleSelected();
                  else return;
                  event.preventDefault();
                }}
                className={cx(
                  'group/row scroll-mt-24 outline-none focus-visible:shadow-[inset_2px_0_0_var(--accent-ink)]',
                  picked ? 'bg-accent-soft' : 'hover:bg-hover focus-visible:bg-hover',
                  onOpen && 'cursor-pointer',
                )}
              >
                {onSelect && (
                  <td className={cx(cellClass, 'ps-1')}>
                    <Checkbox
                      label={t('ui.table.select', { what: rowName(row.original) })}
                      checked={picked}
                      onChange={(checked) => row.toggleSelected(checked)}
                    />
                  </td>
                )}
                {row.getAllCells().map((cell) => {
                  const column = cell.column.columnDef as Column<T>;
                  return (
                    <td
                      key={cell.id}
                      ref={(element) => element?.style.setProperty('height', `${rowHeight}px`)}
                      className={cx(
                        cellClass,
                        'overflow-hidden text-ellipsis',
                        column.from && shownFrom[column.from],
                        column.align && 'text-end',
                      )}
                    >
                      <table.FlexRender cell={cell} />
                    </td>
                  );
                })}
                {rowActions && <td className={cx(cellClass, 'px-1 text-end')}>{rowActions(row.original)}</td>}
              </tr>
            );
          })}
          {spacer(after)}
        </tbody>
      </table>
      {loadingMore && <p className="py-3 text-center text-sm text-ink-faint">{t('ui.table.loadingMore')}</p>}
    </>
  );
}

const headClass =
  'sticky top-12 z-10 h-8 border-b bg-surface px-2 text-xs font-medium whitespace-nowrap text-ink-faint first:ps-1';
const cellClass = 'border-b px-2 first:ps-1';

function isInteractive(target: EventTarget): boolean {
  return (
    target instanceof Element &&
    target.closest('a, button, input, label, [role="checkbox"], [role="menuitem"]') !== null
  );
}
