import type { ComponentProps } from 'react';
import { cx } from './cx';
import { controlClass, typedClass } from './Field';

/** A small field within a sentence. Give it an `aria-label`. */
export function InlineInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={cx(controlClass, typedClass, 'h-7 text-sm', className)}
    />
  );
}
