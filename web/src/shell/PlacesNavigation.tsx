import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { t } from '../messages/messages';
import { useSession } from '../session/session';
import { lastTeam } from '../session/team';
import { places } from './places';
import { teamTitle } from './TeamName';

const itemClass =
  'group flex h-8 items-center gap-2.5 rounded-md px-2 text-base text-ink-soft hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-ink';
const iconClass = 'size-4 text-ink-faint group-data-[status=active]:text-accent-ink';

/** In place of a team's destinations, on pages of no team. */
export function PlacesNavigation({ onGo }: { onGo?: () => void }) {
  const { user, memberships } = useSession();
  const last = memberships.find(({ team }) => team.name === lastTeam()) ?? memberships[0];
  return (
    <nav aria-label={t('shell.navigation')} className="mt-1 flex flex-col gap-4">
      {last && (
        <Link
          to="/teams/$team"
          params={{ team: last.team.name }}
          onClick={onGo}
          activeProps={{}}
          className={itemClass}
        >
          <ArrowLeft className={`${iconClass} rtl:rotate-180`} strokeWidth={1.75} aria-hidden />
          <span className="truncate">{t('places.back', { team: teamTitle(last) })}</span>
        </Link>
      )}
      {places.map((group) => {
        const items = group.items.filter((item) => !item.operator || user.operator);
        if (items.length === 0) return null;
        return (
          <div key={group.label}>
            <h2 className="px-2 pb-1 text-xs font-medium text-ink-faint">{t(group.label)}</h2>
            <ul>
              {items.map((item) => (
                <li key={item.to}>
                  <Link
                    to={item.to}
                    onClick={onGo}
                    activeOptions={{ exact: true, includeSearch: false }}
                    className={itemClass}
                  >
                    <item.icon className={iconClass} strokeWidth={1.75} aria-hidden />
                    {t(item.label)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}
