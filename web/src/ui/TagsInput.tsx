import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useState } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';
import { controlClass } from './Field';
import type { Choice } from './Select';

interface TagsInputProps {
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** What there is to choose from; anything else may be typed. */
  suggestions?: readonly Choice<string>[];
  label: string;
  placeholder?: string;
  mono?: boolean;
}

const separators = /[\s,;]+/;

/** Several words: chosen from suggestions, typed, or pasted many at once. */
export function TagsInput({ value, onChange, suggestions = [], label, placeholder, mono }: TagsInputProps) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(false);
  const known = new Map(suggestions.map((choice) => [choice.value, choice]));
  const typed = text.trim();
  const items: Choice<string>[] = [
    ...suggestions,
    ...(typed !== '' && !known.has(typed)
      ? [{ value: typed, label: typed, hint: t('inputs.tags.add') }]
      : []),
  ];
  const chosen = value.map((one) => known.get(one) ?? { value: one, label: one });
  const add = (words: readonly string[]) => {
    const fresh = words.map((word) => word.trim()).filter(Boolean);
    if (fresh.length > 0) onChange([...new Set([...value, ...fresh])]);
    setText('');
  };
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text');
    if (!separators.test(pasted.trim())) return;
    event.preventDefault();
    add(pasted.split(separators));
  };
  const press = (event: KeyboardEvent) => {
    if (typed === '') return;
    if (event.key === ',' || event.key === ' ' || (event.key === 'Enter' && !active)) {
      event.preventDefault();
      add([typed]);
    }
  };
  return (
    <Base.Root
      multiple
      items={items}
      value={chosen}
      onValueChange={(next) => {
        onChange(next.map((choice) => choice.value));
        setText('');
      }}
      inputValue={text}
      onInputValueChange={setText}
      onItemHighlighted={(item) => setActive(item !== undefined)}
      isItemEqualToValue={(a, b) => a.value === b.value}
    >
      <Base.InputGroup
        className={cx(
          controlClass,
          'flex min-h-8 w-full flex-wrap items-center px-1.5 py-1 focus-within:border-accent-ink',
        )}
      >
        <Base.Chips className="flex w-full flex-wrap items-center gap-1">
          {chosen.map((choice) => (
            <Base.Chip
              key={choice.value}
              className={cx(
                'flex h-6 max-w-full items-center rounded-sm bg-hover ps-2 outline-none data-highlighted:bg-accent-soft',
                mono ? 'font-mono text-xs' : 'text-sm',
              )}
            >
              <span className="truncate">{choice.value}</span>
              <Base.ChipRemove
                aria-label={t('ui.remove.what', { what: choice.value })}
                className="grid size-6 shrink-0 place-items-center text-ink-faint hover:text-ink"
              >
                <X className="size-3" aria-hidden />
              </Base.ChipRemove>
            </Base.Chip>
          ))}
          <Base.Input
            aria-label={label}
            placeholder={value.length === 0 ? placeholder : undefined}
            onPaste={paste}
            onKeyDown={press}
            onBlur={() => add([typed])}
            spellCheck={false}
            className={cx(
              'h-6 min-w-24 flex-1 bg-transparent px-1 outline-none max-sm:text-[16px]',
              mono ? 'font-mono text-sm' : 'text-base',
            )}
          />
        </Base.Chips>
      </Base.InputGroup>
      {items.length > 0 && (
        <Base.Portal>
          <Base.Positioner sideOffset={4} className="z-50 outline-none">
            <Base.Popup className="floating max-h-[min(var(--available-height),18rem)] w-(--anchor-width) min-w-48 overflow-y-auto overscroll-contain p-1">
              <Base.List>
                {(choice: Choice<string>) => (
                  <Base.Item
                    key={choice.value}
                    value={choice}
                    className="grid cursor-default grid-cols-[1rem_1fr] items-start gap-x-2 rounded-sm px-2 py-1 text-sm outline-none data-highlighted:bg-hover"
                  >
                    <Base.ItemIndicator className="col-start-1 pt-0.5 text-accent-ink">
                      <Check className="size-4" aria-hidden />
                    </Base.ItemIndicator>
                    <span className="col-start-2 min-w-0">
                      <span className={cx('block truncate', mono && 'font-mono text-xs leading-5')}>
                        {choice.label}
                      </span>
                      {choice.hint && <span className="block text-xs text-ink-faint">{choice.hint}</span>}
                    </span>
                  </Base.Item>
                )}
              </Base.List>
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      )}
    </Base.Root>
  );
}
