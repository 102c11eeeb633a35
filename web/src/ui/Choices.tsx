import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { type ReactNode, useId } from 'react';
import { cx } from './cx';

/** Where Tab leads to: the choice that holds, also when it was not made here. */
function entryOf<V extends string>(
  choices: readonly { value: V; disabled?: boolean }[],
  value: V | null,
): V | undefined {
  const possible = choices.filter((choice) => !choice.disabled);
  return (possible.find((choice) => choice.value === value) ?? possible[0])?.value;
}

interface SegmentsProps<V extends string> {
  label: string;
  value: V;
  onChange: (value: V) => void;
  choices: readonly { value: V; label: ReactNode; disabled?: boolean }[];
  className?: string;
}

/** One of two to six short words, all in sight: "None, Read, Write". */
export function Segments<V extends string>({ label, value, onChange, choices, className }: SegmentsProps<V>) {
  const id = useId();
  const entry = entryOf(choices, value);
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as V)}
      className={cx('inline-flex w-fit max-w-full flex-wrap rounded-md bg-hover p-0.5', className)}
    >
      {choices.map((choice) => (
        <Radio.Root
          key={choice.value}
          value={choice.value}
          // In a `Field`, it would otherwise be read aloud by the name of the field.
          aria-labelledby={`${id}-${choice.value}`}
          tabIndex={choice.value === entry ? 0 : -1}
          disabled={choice.disabled}
          className={cx(
            'flex h-6 cursor-default items-center rounded-sm px-2.5 text-sm whitespace-nowrap text-ink-soft select-none hover:text-ink',
            'data-checked:bg-raised data-checked:font-medium data-checked:text-ink data-checked:shadow-[0_0_0_1px_var(--line-strong)] data-disabled:opacity-40',
          )}
        >
          <span id={`${id}-${choice.value}`}>{choice.label}</span>
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}

interface CardsProps<V extends string> {
  label: string;
  value: V | null;
  onChange: (value: V) => void;
  choices: readonly { value: V; label: ReactNode; text: ReactNode; icon?: ReactNode }[];
  className?: string;
}

/** One of a few, each with a line that says what it means. */
export function ChoiceCards<V extends string>({ label, value, onChange, choices, className }: CardsProps<V>) {
  const id = useId();
  const entry = entryOf(choices, value);
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as V)}
      className={cx('grid gap-2', className)}
    >
      {choices.map((choice) => (
        <Radio.Root
          key={choice.value}
          value={choice.value}
          // In a `Field`, it would otherwise be read aloud by the name of the field.
          aria-labelledby={`${id}-${choice.value}`}
          aria-describedby={`${id}-${choice.value}-text`}
          tabIndex={choice.value === entry ? 0 : -1}
          className="flex cursor-default flex-col items-start gap-1 rounded-md border border-line-strong px-3 py-2 text-start select-none hover:bg-hover data-checked:border-accent-ink data-checked:bg-accent-soft data-checked:shadow-[0_0_0_1px_var(--accent-ink)]"
        >
          <span id={`${id}-${choice.value}`} className="flex items-center gap-2 text-sm font-medium">
            {choice.icon}
            {choice.label}
          </span>
          <span id={`${id}-${choice.value}-text`} className="text-xs text-ink-soft">
            {choice.text}
          </span>
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
