import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';
import { controlClass } from './Field';
import { usePopupContainer } from './popups';

export interface Choice<V extends string> {
  value: V;
  label: string;
  /** A second line, for what the label does not say. */
  hint?: ReactNode;
}

interface SelectProps<V extends string> {
  choices: readonly Choice<V>[];
  value: V | null;
  onChange: (value: V) => void;
  /** Read aloud where the select stands outside a `Field`. */
  label?: string;
  placeholder?: string;
  size?: 'sm' | 'md';
  disabled?: boolean;
  className?: string;
}

/** One of a few choices that are all known: up to a dozen. For more, or for searching, take `Combobox`. */
export function Select<V extends string>(props: SelectProps<V>) {
  const container = usePopupContainer();
  const { choices, value, onChange, label, placeholder, size = 'md', disabled, className } = props;
  return (
    <Base.Root
      items={choices}
      value={value}
      onValueChange={(next) => next !== null && onChange(next as V)}
      disabled={disabled}
    >
      <Base.Trigger
        aria-label={label}
        className={cx(
          controlClass,
          'flex items-center justify-between gap-2 text-start',
          size === 'sm' ? 'h-7 text-sm' : 'h-8',
          className ?? 'w-full',
        )}
      >
        <Base.Value
          className="truncate data-placeholder:text-ink-faint"
          placeholder={placeholder ?? t('ui.select.none')}
        />
        <Base.Icon className="text-ink-faint">
          <ChevronsUpDown className="size-3.5" aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal container={container}>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className="floating max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto p-1">
            {choices.map((choice) => (
              <Base.Item
                key={choice.value}
                value={choice.value}
                className="grid cursor-default grid-cols-[1rem_1fr] items-start gap-x-2 rounded-sm px-2 py-1 text-sm outline-none data-highlighted:bg-hover"
              >
                <Base.ItemIndicator className="col-start-1 pt-0.5 text-accent-ink">
                  <Check className="size-4" aria-hidden />
                </Base.ItemIndicator>
                <span className="col-start-2">
                  <Base.ItemText>{choice.label}</Base.ItemText>
                  {choice.hint && <span className="block text-xs text-ink-faint">{choice.hint}</span>}
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
