import { Menu as MenuIcon, Search } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { t } from '../messages/messages';
import { IconButton } from '../ui/Button';
import { Key } from '../ui/Keys';
import { keyCaps } from './shortcuts';
import { TeamName } from './TeamName';

// Menus come after the first paint; what they stand for is there before.
const TeamSwitch = lazy(() => import('./TeamSwitch').then((module) => ({ default: module.TeamSwitch })));
const Account = lazy(() => import('./Account').then((module) => ({ default: module.Account })));

interface HeaderProps {
  onNavigation: () => void;
  onPalette: () => void;
  onHelp: () => void;
}

/** Team, search, account. */
export function Header({ onNavigation, onPalette, onHelp }: HeaderProps) {
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b bg-surface px-3 sm:px-4">
      <IconButton label={t('shell.navigation.open')} className="lg:hidden" onClick={onNavigation}>
        <MenuIcon className="size-4" aria-hidden />
      </IconButton>
      <Suspense fallback={<TeamName />}>
        <TeamSwitch />
      </Suspense>
      <button
        type="button"
        onClick={onPalette}
        className="ms-auto flex h-8 items-center gap-2 rounded-md border border-line-strong px-2.5 text-sm text-ink-faint hover:border-ink-faint hover:text-ink sm:w-64"
      >
        <Search className="size-4 shrink-0" aria-hidden />
        <span className="flex-1 truncate text-start max-sm:sr-only">{t('shell.palette.open')}</span>
        <span className="flex gap-0.5 max-sm:hidden" aria-hidden>
          {keyCaps('mod+k').map((cap) => (
            <Key key={cap}>{cap}</Key>
          ))}
        </span>
      </button>
      <Suspense fallback={<span className="size-8" />}>
        <Account onHelp={onHelp} />
      </Suspense>
    </header>
  );
}
