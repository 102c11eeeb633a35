import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check, Minus } from 'lucide-react';
import { type ReactNode, useId } from 'react';

interface CheckboxProps {
  checked: boolean;
  partly?: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  /** Read aloud where no words stand beside it. */
  label?: string;
  children?: ReactNode;
}

export function Checkbox({ checked, partly, onChange, disabled, label, children }: CheckboxProps) {
  const id = useId();
  const box = (
    <Base.Root
      checked={checked}
      indeterminate={partly}
      onCheckedChange={onChange}
      disabled={disabled}
      aria-label={label}
      // In a `Field`, it would otherwise be read aloud by the name of the field.
      aria-labelledby={children ? id : undefined}
      className="grid size-4 shrink-0 place-items-center rounded-sm border border-line-strong bg-surface text-on-accent hover:border-ink-faint data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50 data-indeterminate:border-accent data-indeterminate:bg-accent"
    >
      <Base.Indicator className="grid place-items-center">
        {partly ? (
          <Minus className="size-3" aria-hidden />
        ) : (
          <Check className="size-3" strokeWidth={3} aria-hidden />
        )}
      </Base.Indicator>
    </Base.Root>
  );
  if (!children) return box;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the box
    <label id={id} className="flex items-center gap-2 text-base">
      {box}
      {children}
    </label>
  );
}
