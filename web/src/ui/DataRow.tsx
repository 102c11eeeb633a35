import { FlexRender, type Row, type RowData } from '@tanstack/react-table';
import { memo, type ReactNode } from 'react';
import { t } from '../messages/messages';
import { Checkbox } from './Checkbox';
import { cx } from './cx';
import type { Column, Features } from './DataTable';

interface DataRowProps<T extends RowData> {
  row: Row<Features, T>;
  /** Its place in the whole list. */
  index: number;
  name: (row: T) => string;
  height: number;
  /** Whether Tab leads to it: it does to one row of a list. */
  reachable: boolean;
  picked: boolean;
  selectable: boolean;
  onOpen?: (row: T) => void;
  /** It has the focus. */
  onFocus: (index: number) => void;
  onMove: (by: number) => void;
  actions?: (row: T) => ReactNode;
}

/** One row. While a list is scrolled it is drawn once, and not again for each step of the wheel. */
export const DataRow = memo(function DataRow<T extends RowData>(props: DataRowProps<T>) {
  const { row, index, name, height, reachable, picked, selectable, onOpen, onFocus, onMove, actions } = props;
  return (
    <tr
      data-row={row.id}
      tabIndex={reachable ? 0 : -1}
      aria-rowindex={index + 1}
      aria-selected={selectable ? picked : undefined}
      onFocus={(event) => event.target === event.currentTarget && onFocus(index)}
      onClick={(event) => {
        if (onOpen && !isInteractive(event.target)) onOpen(row.original);
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === 'Enter') onOpen?.(row.original);
        else if (event.key === 'ArrowDown') onMove(1);
        else if (event.key === 'ArrowUp') onMove(-1);
        else if (event.key === ' ' && selectable) row.toggleSelected();
        else return;
        event.preventDefault();
      }}
      className={cx(
        'group/row scroll-mt-24 outline-none focus-visible:shadow-[inset_2px_0_0_var(--accent-ink)]',
        picked ? 'bg-accent-soft' : 'hover:bg-hover focus-visible:bg-hover',
        onOpen && 'cursor-pointer',
      )}
    >
      {selectable && (
        <td className={cx(cellClass, 'ps-1')}>
          <Checkbox
            label={t('ui.table.select', { what: name(row.original) })}
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
            ref={(element) => element?.style.setProperty('height', `${height}px`)}
            className={cx(
              cellClass,
              'overflow-hidden text-ellipsis',
              column.from && shownFrom[column.from],
              column.align && 'text-end',
            )}
          >
            <FlexRender cell={cell} />
          </td>
        );
      })}
      {actions && <td className={cx(cellClass, 'px-1 text-end')}>{actions(row.original)}</td>}
    </tr>
  );
}) as <T extends RowData>(props: DataRowProps<T>) => ReactNode;

/** What hides a column in windows narrower than that. */
export const shownFrom = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
  '2xl': 'hidden min-[1400px]:table-cell',
};

const cellClass = 'border-b px-2 first:ps-1';

function isInteractive(target: EventTarget): boolean {
  return (
    target instanceof Element &&
    target.closest('a, button, input, label, [role="checkbox"], [role="menuitem"]') !== null
  );
}
