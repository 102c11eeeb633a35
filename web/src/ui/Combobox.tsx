import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronsUpDown, X } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';
import { controlClass, typedClass } from './Field';
import { usePopupContainer } from './popups';
import type { Choice } from './Select';

const popupClass =
  'floating max-h-[min(var(--available-height),20rem)] w-(--anchor-width) min-w-48 overflow-y-auto overscroll-contain p-1';
const itemClass =
  'grid cursor-default grid-cols-[1rem_1fr] items-start gap-x-2 rounded-sm px-2 py-1 text-sm outline-none data-highlighted:bg-hover';

function List({ text }: { text: string }) {
  const container = usePopupContainer();
  return (
    <Base.Portal container={container}>
      <Base.Positioner sideOffset={4} className="z-50 outline-none">
        <Base.Popup className={popupClass}>
          <Base.Empty>
            <div className="px-2 py-1.5 text-sm text-ink-faint">{t('ui.combobox.empty', { text })}</div>
          </Base.Empty>
          <Base.List>
            {(choice: Choice<string>) => (
              <Base.Item key={choice.value} value={choice} className={itemClass}>
                <Base.ItemIndicator className="col-start-1 pt-0.5 text-accent-ink">
                  <Check className="size-4" aria-hidden />
                </Base.ItemIndicator>
                <span className="col-start-2 min-w-0">
                  <span className="block truncate">{choice.label}</span>
                  {choice.hint && <span className="block text-xs text-ink-faint">{choice.hint}</span>}
                </span>
              </Base.Item>
            )}
          </Base.List>
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

/** Escape closes the list, and after that what is around it. It never takes away what was chosen. */
function isEscape(details: Base.Root.ChangeEventDetails): boolean {
  if (details.reason !== 'escape-key') return false;
  details.cancel();
  details.allowPropagation();
  return true;
}

interface ComboboxProps {
  choices: readonly Choice<string>[];
  value: string | null;
  onChange: (value: string | null) => void;
  label?: string;
  placeholder?: string;
  disabled?: boolean;
  className?: string;
}

/** One of many choices, found by typing. */
export function Combobox({
  choices,
  value,
  onChange,
  label,
  placeholder,
  disabled,
  className,
}: ComboboxProps) {
  const [text, setText] = useState('');
  return (
    <Base.Root
      items={choices}
      value={choices.find((choice) => choice.value === value) ?? null}
      onValueChange={(choice, details) => isEscape(details) || onChange(choice?.value ?? null)}
      isItemEqualToValue={(a, b) => a.value === b.value}
      onInputValueChange={(typed, details) => isEscape(details) || setText(typed)}
      disabled={disabled}
    >
      <Base.InputGroup className={cx('relative', className)}>
        <Base.Input
          aria-label={label}
          placeholder={placeholder}
          className={cx(controlClass, typedClass, 'h-8 w-full pe-14')}
        />
        <span className="absolute inset-y-0 end-1 flex items-center text-ink-faint">
          <Base.Clear
            aria-label={t('ui.clear')}
            className="grid size-6 place-items-center rounded-sm hover:text-ink"
          >
            <X className="size-3.5" aria-hidden />
          </Base.Clear>
          <Base.Trigger
            aria-label={t('ui.combobox.open')}
            className="grid size-6 place-items-center rounded-sm hover:text-ink"
          >
            <ChevronsUpDown className="size-3.5" aria-hidden />
          </Base.Trigger>
        </span>
      </Base.InputGroup>
      <List text={text} />
    </Base.Root>
  );
}

interface MultiComboboxProps {
  choices: readonly Choice<string>[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  label: string;
  placeholder?: string;
}

/** Several of many choices; what is chosen stands as chips before the text. */
export function MultiCombobox({ choices, value, onChange, label, placeholder }: MultiComboboxProps) {
  const [text, setText] = useState('');
  const chosen = value.map(
    (one) => choices.find((choice) => choice.value === one) ?? { value: one, label: one },
  );
  return (
    <Base.Root
      multiple
      items={choices}
      value={chosen}
      onValueChange={(next, details) => isEscape(details) || onChange(next.map((choice) => choice.value))}
      isItemEqualToValue={(a, b) => a.value === b.value}
      onInputValueChange={(typed, details) => isEscape(details) || setText(typed)}
    >
      <Base.InputGroup
        className={cx(
          controlClass,
          'flex min-h-8 w-full flex-wrap items-center gap-1 px-1.5 py-1 focus-within:border-accent-ink',
        )}
      >
        <Base.Chips className="flex w-full flex-wrap items-center gap-1">
          {chosen.map((choice) => (
            <Base.Chip
              key={choice.value}
              className="flex h-6 items-center rounded-sm bg-hover ps-2 text-sm outline-none data-highlighted:bg-accent-soft"
            >
              {choice.label}
              <Base.ChipRemove
                aria-label={t('ui.remove.what', { what: choice.label })}
                className="grid size-6 place-items-center text-ink-faint hover:text-ink"
              >
                <X className="size-3" aria-hidden />
              </Base.ChipRemove>
            </Base.Chip>
          ))}
          <Base.Input
            aria-label={label}
            placeholder={value.length === 0 ? placeholder : undefined}
            className="h-6 min-w-16 flex-1 bg-transparent px-1 text-base outline-none max-sm:text-[16px]"
          />
        </Base.Chips>
      </Base.InputGroup>
      <List text={text} />
    </Base.Root>
  );
}
