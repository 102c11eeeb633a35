import { t } from '../messages/messages';

interface SparklineProps {
  /** For each step of time, or null where nothing is known. */
  points: readonly ({ allowed: number; refused: number } | null)[];
  /** What is seen, in words; read aloud. */
  label?: string;
}

const height = 20;
const width = 3;
const step = 4;

/** Calls over time in the space of a table cell: what was let through from below, what was refused on top of it. */
export function Sparkline({ points, label }: SparklineProps) {
  const sums = points.map((point) => (point ? point.allowed + point.refused : 0));
  const most = Math.max(...sums, 1);
  const allowed = points.reduce((sum, point) => sum + (point?.allowed ?? 0), 0);
  const refused = points.reduce((sum, point) => sum + (point?.refused ?? 0), 0);
  const name =
    label ?? (allowed + refused === 0 ? t('ui.sparkline.none') : t('ui.sparkline', { allowed, refused }));
  // Never less than a pixel for what there was, so that one refusal among thousands is seen.
  const tall = (value: number) => (value === 0 ? 0 : Math.max(1, (value / most) * (height - 1)));
  // A list has dozens of these: one shape for all bars of a kind draws much faster than one for each.
  const shapes = { none: '', allowed: '', refused: '' };
  points.forEach((point, index) => {
    if (!point) return;
    const below = tall(point.allowed);
    const above = tall(point.refused);
    if (below + above === 0) shapes.none += bar(index, height - 1, height);
    if (below > 0) shapes.allowed += bar(index, height - below, height);
    if (above > 0) {
      const top = Math.max(0, height - below - above);
      shapes.refused += bar(index, top, top + above);
    }
  });
  return (
    <svg
      width={points.length * step}
      height={height}
      role="img"
      aria-label={name}
      className="block rtl:-scale-x-100"
    >
      <title>{name}</title>
      {shapes.none && <path d={shapes.none} className="fill-line-strong" />}
      {shapes.allowed && <path d={shapes.allowed} className="fill-allowed-fill" />}
      {shapes.refused && <path d={shapes.refused} className="fill-refused-fill" />}
    </svg>
  );
}

function bar(index: number, top: number, bottom: number): string {
  return `M${index * step} ${top.toFixed(1)}h${width}V${bottom.toFixed(1)}h-${width}z`;
}
