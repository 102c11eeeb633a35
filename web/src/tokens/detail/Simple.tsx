import type { ReactNode } from 'react';
import { cx } from '../../ui/cx';

interface SimpleTableProps {
  label: string;
  head: { label: string; end?: boolean; className?: string }[];
  rows: { key: string; cells: ReactNode[] }[];
}

/** A short table that is all in sight: no sorting, no selection. */
export function SimpleTable({ label, head, rows }: SimpleTableProps) {
  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="w-full text-sm">
        <thead>
          <tr className="text-xs text-ink-faint">
            {head.map((one) => (
              <th
                key={one.label}
                scope="col"
                className={cx(
                  'border-b py-1.5 pe-4 font-medium last:pe-0',
                  one.end && 'text-end',
                  one.className,
                )}
              >
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, index) => (
                <td
                  key={head[index]?.label}
                  className={cx(
                    'h-9 border-b pe-4 last:pe-0',
                    head[index]?.end && 'text-end tabular',
                    head[index]?.className,
                  )}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
