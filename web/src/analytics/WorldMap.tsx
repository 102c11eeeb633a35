import { useNavigate } from '@tanstack/react-router';
import type { CallFilter } from '../calls/filter';
import { country } from '../format/countries';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { cx } from '../ui/cx';
import world from './world.json';

// Each as far from the next as the eye can tell, whatever the theme.
const shades = [
  'fill-[color-mix(in_oklab,var(--accent)_22%,var(--surface))]',
  'fill-[color-mix(in_oklab,var(--accent)_40%,var(--surface))]',
  'fill-[color-mix(in_oklab,var(--accent)_58%,var(--surface))]',
  'fill-[color-mix(in_oklab,var(--accent)_78%,var(--surface))]',
  'fill-accent',
];

interface WorldMapProps {
  team: string;
  filter: CallFilter;
  /** Calls by the two letters of a country. */
  calls: ReadonlyMap<string, number>;
}

/** Where calls came from: the more, the darker. The list beside it says the same in words, and by keyboard. */
export function WorldMap({ team, filter, calls }: WorldMapProps) {
  const navigate = useNavigate();
  const most = Math.max(1, ...calls.values());
  const shade = (value: number) =>
    shades[Math.min(shades.length - 1, Math.floor(Math.sqrt(value / most) * shades.length))];
  return (
    <svg
      viewBox={`0 0 ${world.width} ${world.height}`}
      role="img"
      aria-label={t('analytics.map')}
      className="block h-auto w-full stroke-surface stroke-[0.6]"
    >
      <path d={world.nameless} className="fill-line" />
      {Object.entries(world.countries).map(([code, path]) => {
        const value = calls.get(code) ?? 0;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list beside it has a link for each
          <path
            key={code}
            d={path}
            onClick={
              value === 0
                ? undefined
                : () =>
                    void navigate({
                      to: '/teams/$team/calls',
                      params: { team },
                      search: { ...filter, country: code },
                    })
            }
            className={cx(value === 0 ? 'fill-line' : cx(shade(value), 'cursor-pointer hover:opacity-80'))}
          >
            <title>{t('analytics.map.country', { country: country(code), calls: count(value) })}</title>
          </path>
        );
      })}
    </svg>
  );
}
