import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { t } from '../messages/messages';
import { DemoBanner } from '../session/DemoBanner';
import { SessionDialogs } from '../session/SessionDialogs';
import { useCan, useMembership } from '../session/session';
import { Header } from './Header';
import { Navigation } from './Navigation';
import { type Destination, navigation } from './navigation';
import { listenForShortcuts, useShortcut } from './shortcuts';
import { useTimesSwitch } from './times-switch';

const Palette = lazy(() => import('./Palette').then(({ Palette }) => ({ default: Palette })));
const NavigationDrawer = lazy(() =>
  import('./NavigationDrawer').then((module) => ({ default: module.NavigationDrawer })),
);
const ShortcutsHelp = lazy(() =>
  import('./ShortcutsHelp').then((module) => ({ default: module.ShortcutsHelp })),
);

/** What stands around every page of somebody who is signed in. */
export function Shell() {
  const [open, setOpen] = useState<'navigation' | 'palette' | 'help' | null>(null);
  const close = useCallback(() => setOpen(null), []);
  const membership = useMembership();
  const can = useCan();
  const switchTimes = useTimesSwitch();

  useEffect(() => listenForShortcuts(), []);
  const group = t('shell.shortcuts.everywhere');
  useShortcut('mod+k', () => setOpen('palette'), { label: t('shell.shortcuts.palette'), group });
  useShortcut('t', switchTimes, { label: t('shell.shortcuts.times'), group });
  useShortcut('?', () => setOpen('help'), { label: t('shell.shortcuts.help'), group });

  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-on-accent focus:not-sr-only focus:fixed focus:start-2 focus:top-2"
      >
        {t('shell.skip')}
      </a>
      <aside
        aria-label={t('shell.product')}
        className="sticky top-0 hidden h-dvh border-e bg-canvas lg:block"
      >
        <Navigation />
      </aside>
      <div className="min-w-0">
        <Header
          onNavigation={() => setOpen('navigation')}
          onPalette={() => setOpen('palette')}
          onHelp={() => setOpen('help')}
        />
        <DemoBanner />
        <main id="content" tabIndex={-1} className="outline-none">
          <Outlet />
        </main>
      </div>
      {membership &&
        navigation
          .flatMap(({ items }) => items)
          .filter(({ scope }) => !scope || can(scope))
          .map((item) => <GoShortcut key={item.to} item={item} team={membership.team.name} />)}
      <SessionDialogs />
      <Suspense>
        {open === 'navigation' && <NavigationDrawer onClose={close} />}
        {open === 'palette' && <Palette onClose={close} onHelp={() => setOpen('help')} />}
        {open === 'help' && <ShortcutsHelp onClose={close} />}
      </Suspense>
    </div>
  );
}

function GoShortcut({ item, team }: { item: Destination; team: string }) {
  const navigate = useNavigate();
  useShortcut(`g ${item.key}`, () => void navigate({ to: item.to, params: { team } }), {
    label: t('shell.shortcuts.go', { where: t(item.label) }),
    group: t('shell.shortcuts.everywhere'),
  });
  return null;
}
