import type { ReactNode } from 'react';
import { cx } from './cx';
import { Input } from './Field';

interface NumberInputProps {
  value: number | null | undefined;
  onChange: (value: number | undefined) => void;
  /** What counts when it is left empty. */
  placeholder?: string;
  /** Stands behind the number: ms, seconds, %. */
  unit?: ReactNode;
  /** Read aloud where it stands outside a `Field`. */
  label?: string;
  /** How wide the number may be. */
  className?: string;
}

/** A whole number, or nothing. Whatever is no digit is left out. */
export function NumberInput({ value, onChange, placeholder, unit, label, className }: NumberInputProps) {
  return (
    <div className="flex min-w-0 items-center gap-2">
      <Input
        inputMode="numeric"
        aria-label={label}
        className={cx('tabular', className ?? 'max-w-32')}
        placeholder={placeholder}
        value={value ?? ''}
        onChange={(event) => {
          const digits = event.target.value.replace(/\D/g, '').slice(0, 15);
          onChange(digits === '' ? undefined : Number(digits));
        }}
      />
      {unit && <span className="shrink-0 text-sm whitespace-nowrap text-ink-faint">{unit}</span>}
    </div>
  );
}
