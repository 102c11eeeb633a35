import { Link } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { useCan, useMembership } from '../session/session';
import { Mark } from './Mark';
import { navigation } from './navigation';
import { PlacesNavigation } from './PlacesNavigation';

/** The destinations of the team, in groups. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  const membership = useMembership();
  const can = useCan();
  return (
    <div className="flex h-full flex-col overflow-y-auto px-2.5 pb-4">
      <Link
        to="/"
        onClick={onGo}
        className="flex h-12 shrink-0 items-center gap-2 rounded-md px-2 text-base font-semibold tracking-[-0.01em]"
      >
        <Mark className="size-5 text-accent-ink" />
        {t('shell.product')}
      </Link>
      {!membership && <PlacesNavigation onGo={onGo} />}
      {membership && (
        <nav aria-label={t('shell.navigation')} className="mt-1 flex flex-col gap-4">
          {navigation.map((group) => {
            const items = group.items.filter((item) => !item.scope || can(item.scope));
            if (items.length === 0) return null;
            return (
              <div key={group.label ?? 'first'}>
                {group.label && (
                  <h2 className="px-2 pb-1 text-xs font-medium text-ink-faint">{t(group.label)}</h2>
                )}
                <ul>
                  {items.map((item) => (
                    <li key={item.to}>
                      <Link
                        to={item.to}
                        params={{ team: membership.team.name }}
                        onClick={onGo}
                        activeOptions={{ exact: false, includeSearch: false }}
                        className="group flex h-8 items-center gap-2.5 rounded-md px-2 text-base text-ink-soft hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-ink"
                      >
                        <item.icon
                          className="size-4 text-ink-faint group-data-[status=active]:text-accent-ink"
                          strokeWidth={1.75}
                          aria-hidden
                        />
                        {t(item.label)}
                      </Link>
                    </li>
                  ))}
                </ul>
              </div>
            );
          })}
        </nav>
      )}
    </div>
  );
}
