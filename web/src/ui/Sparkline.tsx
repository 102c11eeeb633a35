import { t } from '../messages/messages';

interface SparklineProps {
  /** For each step of time, or null where nothing is known. */
  points: readonly ({ allowed: number; refused: number } | null)[];
  /** What is seen, in words; read aloud. */
  label?: string;
}

const height = 20;
const bar = 3;
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
  return (
    <svg
      width={points.length * step}
      height={height}
      role="img"
      aria-label={name}
      className="block rtl:-scale-x-100"
    >
      <title>{name}</title>
      {points.map((point, index) => {
        const x = index * step;
        if (!point) return null;
        const below = tall(point.allowed);
        const above = tall(point.refused);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in time
          <g key={index}>
            {below + above === 0 && (
              <rect x={x} y={height - 1} width={bar} height={1} className="fill-line-strong" />
            )}
            {below > 0 && (
              <rect x={x} y={height - below} width={bar} height={below} className="fill-allowed-fill" />
            )}
            {above > 0 && (
              <rect
                x={x}
                y={Math.max(0, height - below - above)}
                width={bar}
                height={above}
                className="fill-refused-fill"
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
