import { t } from '../messages/messages';
import { Dialog } from '../ui/Dialog';
import { Key } from '../ui/Keys';
import { keyCaps, type Shortcut, shortcutsNow } from './shortcuts';

/** All that can be pressed on this page. */
export function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  const groups = new Map<string, Shortcut[]>();
  for (const one of shortcutsNow()) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return (
    <Dialog
      reading
      open
      onClose={onClose}
      title={t('shell.shortcuts.title')}
      text={t('shell.shortcuts.text')}
    >
      {[...groups].map(([group, shortcuts]) => (
        <section key={group} className="mb-4 last:mb-0">
          <h3 className="mb-1 text-xs font-medium text-ink-faint">{group}</h3>
          <dl>
            {shortcuts.map(({ keys, label }) => (
              <div
                key={keys}
                className="flex min-h-8 items-center justify-between gap-4 border-b last:border-b-0"
              >
                <dt className="text-base">{label}</dt>
                <dd className="flex items-center gap-1">
                  {keyCaps(keys).map((cap, index) => (
                    <span key={cap} className="flex items-center gap-1">
                      {index > 0 && !keys.includes('+') && (
                        <span className="text-xs text-ink-faint">{t('shell.shortcuts.then')}</span>
                      )}
                      <Key>{cap}</Key>
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
