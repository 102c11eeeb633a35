import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { changeLocale, locale, t } from '../messages/messages';
import { T } from '../messages/T';
import { useCan, useMembership, useSession } from '../session/session';
import { cx } from '../ui/cx';
import { Key } from '../ui/Keys';
import { commandsHere } from './commands';
import { navigation } from './navigation';
import { fits } from './palette-match';
import { paletteSearch } from './palette-search';
import { places } from './places';
import { keyCaps } from './shortcuts';
import { teamTitle } from './TeamName';
import { chooseTheme } from './theme';
import { useTimesSwitch } from './times-switch';

interface Entry {
  id: string;
  group: string;
  label: string;
  detail?: string;
  words?: string;
  keys?: string;
  run: () => void;
}

/** Everything that can be reached or done, by typing a part of its name. */
export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const entries = useEntries(text, onHelp);
  const chosen = entries[Math.min(at, entries.length - 1)];

  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, id]);

  function run(entry: Entry) {
    onClose();
    entry.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const last = entries.length - 1;
    if (event.key === 'ArrowDown') setAt(at >= last ? 0 : at + 1);
    else if (event.key === 'ArrowUp') setAt(at <= 0 ? last : at - 1);
    else if (event.key === 'Enter' && chosen && !event.nativeEvent.isComposing) run(chosen);
    else return;
    event.preventDefault();
  }

  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          aria-label={t('shell.palette')}
          className="floating fixed inset-x-0 top-[12vh] z-40 mx-auto flex max-h-[min(28rem,76vh)] w-[min(36rem,calc(100vw-2rem))] flex-col outline-none"
        >
          <div className="flex h-12 shrink-0 items-center gap-2.5 border-b px-4">
            <Search className="size-4 text-ink-faint" aria-hidden />
            <input
              role="combobox"
              aria-expanded="true"
              aria-controls={id}
              aria-activedescendant={chosen && `${id}-${chosen.id}`}
              aria-label={t('shell.palette.placeholder')}
              placeholder={t('shell.palette.placeholder')}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
              className="h-full min-w-0 flex-1 bg-transparent text-base outline-none max-sm:text-[16px]"
            />
          </div>
          <div
            ref={list}
            id={id}
            role="listbox"
            aria-label={t('shell.palette')}
            className="min-h-0 flex-1 overflow-y-auto p-1.5"
          >
            {entries.length === 0 && (
              <p className="px-2.5 py-6 text-center text-sm text-ink-faint">
                {t('shell.palette.empty', { text })}
              </p>
            )}
            {entries.map((entry, index) => (
              <div key={entry.id} role="presentation">
                {entry.group !== entries[index - 1]?.group && (
                  <p role="presentation" className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint">
                    {entry.group}
                  </p>
                )}
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the text field */}
                <div
                  id={`${id}-${entry.id}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={entry === chosen}
                  onClick={() => run(entry)}
                  onMouseMove={() => setAt(index)}
                  className={cx(
                    'flex h-8 cursor-default items-center gap-3 rounded-sm px-2.5 text-base',
                    entry === chosen && 'bg-hover',
                  )}
                >
                  <span className="min-w-0 truncate">{entry.label}</span>
                  {entry.detail && (
                    <span className="truncate font-mono text-xs text-ink-faint">{entry.detail}</span>
                  )}
                  {entry.keys && (
                    <span aria-hidden className="ms-auto flex gap-0.5">
                      {keyCaps(entry.keys).map((cap) => (
                        <Key key={cap}>{cap}</Key>
                      ))}
                    </span>
                  )}
                </div>
              </div>
            ))}
          </div>
          <p className="hidden shrink-0 gap-1 border-t px-4 py-2 text-xs text-ink-faint sm:block">
            <T id="shell.palette.hint" values={{ k: (parts) => <Key>{parts}</Key> }} />
          </p>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function useEntries(text: string, onHelp: () => void): Entry[] {
  const navigate = useNavigate();
  const { user, memberships } = useSession();
  const membership = useMembership();
  const can = useCan();
  const search = useDeferredValue(text.trim());
  const team = membership?.team.name;
  const found = useQuery({
    ...paletteSearch(team ?? '', search, can),
    enabled: Boolean(team) && search.length > 1,
  });
  const here = useMemo(() => commandsHere(), []);
  const switchTimes = useTimesSwitch();

  const entries: Entry[] = here.map((command, index) => ({
    id: `here-${index}`,
    group: t('shell.palette.group.here'),
    ...command,
  }));
  if (team) {
    for (const item of navigation.flatMap((group) => group.items)) {
      if (item.scope && !can(item.scope)) continue;
      entries.push({
        id: `go-${item.to}`,
        group: t('shell.palette.group.go'),
        label: t(item.label),
        keys: `g ${item.key}`,
        run: () => void navigate({ to: item.to, params: { team } }),
      });
    }
  }
  for (const group of places) {
    for (const item of group.items) {
      if (item.operator && !user.operator) continue;
      entries.push({
        id: `go-${item.to}`,
        group: t('shell.palette.group.go'),
        label: item.operator ? `${t(group.label)}: ${t(item.label)}` : t(item.label),
        run: () => void navigate({ to: item.to }),
      });
    }
  }
  for (const one of memberships) {
    if (one.team.name === team) continue;
    entries.push({
      id: `team-${one.team.name}`,
      group: t('shell.palette.group.teams'),
      label: t('shell.palette.team', { team: teamTitle(one) }),
      words: one.team.name,
      run: () => void navigate({ to: '/teams/$team', params: { team: one.team.name } }),
    });
  }
  for (const theme of ['light', 'dark', 'system'] as const) {
    entries.push({
      id: `theme-${theme}`,
      group: t('shell.palette.group.settings'),
      label: t('shell.palette.theme', { theme: t(`shell.theme.${theme}`) }),
      run: () => chooseTheme(theme),
    });
  }
  entries.push({
    id: 'times',
    group: t('shell.palette.group.settings'),
    label: t('shell.shortcuts.times'),
    keys: 't',
    run: switchTimes,
  });
  const other = locale === 'en' ? 'pseudo' : 'en';
  entries.push({
    id: 'locale',
    group: t('shell.palette.group.settings'),
    label: t(`shell.palette.locale.${other}`),
    run: () => changeLocale(other),
  });
  entries.push({
    id: 'help',
    group: t('shell.palette.group.settings'),
    label: t('shell.help'),
    keys: '?',
    run: onHelp,
  });
  const fitting = entries.filter((entry) => fits(`${entry.label} ${entry.words ?? ''}`, search));
  const hits = (found.data ?? []).map((hit) => ({ ...hit, run: () => void navigate({ href: hit.href }) }));
  return [...fitting, ...hits];
}
