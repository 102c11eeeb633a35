import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';

export interface Pick {
  value: string;
  label: string;
  hint?: ReactNode;
}

interface PickListProps {
  label: string;
  choices: readonly Pick[];
  onPick: (value: string) => void;
  /** Where what is typed counts as a choice as well: what it stands for, or nothing when it is none. */
  free?: (text: string) => string | undefined;
  mono?: boolean;
}

/** A list to choose from by typing a part of a name, for the inside of a `Popover`. */
export function PickList({ label, choices, onPick, free, mono }: PickListProps) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // A popover whose content changes would leave the focus nowhere.
  useEffect(() => input.current?.focus(), []);
  const wanted = text.trim().toLowerCase();
  const fitting = choices
    .filter((one) => `${one.label} ${one.value}`.toLowerCase().includes(wanted))
    .slice(0, 200);
  const typed = wanted === '' ? undefined : free?.(text.trim());
  const shown: Pick[] =
    typed === undefined || choices.some((one) => one.value === typed)
      ? fitting
      : [...fitting, { value: typed, label: t('picks.use', { text: typed }) }];
  const current = Math.min(at, shown.length - 1);

  function onKeyDown(event: KeyboardEvent) {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const picked = shown[current];
    if (by !== 0) {
      const next = Math.max(0, Math.min(shown.length - 1, current + by));
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && picked && !event.nativeEvent.isComposing) onPick(picked.value);
    else return;
    event.preventDefault();
  }

  return (
    <div className="flex max-h-80 w-64 flex-col">
      <input
        ref={input}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={shown[current] && `${id}-${current}`}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="h-9 shrink-0 border-b bg-transparent px-3 text-sm outline-none max-sm:text-[16px]"
      />
      <div id={id} role="listbox" aria-label={label} className="min-h-0 overflow-y-auto p-1">
        {shown.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the text field
          <div
            key={one.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onClick={() => onPick(one.value)}
            onMouseMove={() => setAt(index)}
            className={cx('cursor-default rounded-sm px-2 py-1 text-sm', index === current && 'bg-hover')}
          >
            <span className={cx('block truncate', mono && 'font-mono text-xs leading-5')}>{one.label}</span>
            {one.hint && <span className="block truncate text-xs text-ink-faint">{one.hint}</span>}
          </div>
        ))}
      </div>
      {shown.length === 0 && (
        <p className="px-3 pb-3 text-sm text-ink-faint">{t('ui.combobox.empty', { text: text.trim() })}</p>
      )}
    </div>
  );
}
