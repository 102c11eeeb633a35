import { cx } from './cx';
import { Bone } from './States';

interface TableSkeletonProps {
  rows?: number;
  columns?: number;
  /** Whether the filter of the list is on its way, too. */
  filter?: boolean;
  /** For rows of two lines. */
  tall?: boolean;
}

/** In place of a table that is being read: as many rows as fit the first view. */
export function TableSkeleton({ rows = 12, columns = 5, filter, tall }: TableSkeletonProps) {
  const widths = ['w-40', 'w-24', 'w-32', 'w-20', 'w-28', 'w-16'];
  return (
    <div aria-hidden>
      {filter && <Bone className="mb-2 h-7 w-52 max-sm:w-full" />}
      <div className="h-8 border-b" />
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row} className={cx('flex items-center gap-8 border-b px-1', tall ? 'h-11' : 'h-10')}>
          {Array.from({ length: columns }, (_, column) => (
            <Bone
              // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
              key={column}
              className={cx(widths[(row + column * 2) % widths.length], column > 1 && 'max-md:hidden')}
            />
          ))}
        </div>
      ))}
    </div>
  );
}
