import { Field as Base } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { type FieldError, fieldErrorText } from '../api/problem';
import { t } from '../messages/messages';
import { cx } from './cx';

interface FieldProps {
  label: ReactNode;
  /** What the person has to know before they type. */
  hint?: ReactNode;
  /** What the API said of this field, or what the page itself found. */
  errors?: readonly (FieldError | string)[];
  optional?: boolean;
  className?: string;
  children: ReactNode;
}

/** A control with its label, its hint and its errors. Put `Input`, `Textarea`, `Select` or `Combobox` in it. */
export function Field({ label, hint, errors = [], optional, className, children }: FieldProps) {
  return (
    <Base.Root invalid={errors.length > 0} className={cx('flex flex-col gap-1.5', className)}>
      <Base.Label className="text-sm font-medium text-ink">
        {label}
        {optional && <span className="ms-0.5 font-normal text-ink-faint"> {t('ui.optional')}</span>}
      </Base.Label>
      {children}
      {hint && <Base.Description className="text-sm text-ink-faint">{hint}</Base.Description>}
      {errors.map((error) => {
        const text = typeof error === 'string' ? error : fieldErrorText(error);
        return (
          <Base.Error key={text} match className="text-sm text-refused">
            {text}
          </Base.Error>
        );
      })}
    </Base.Root>
  );
}

export const controlClass =
  'min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-base text-ink outline-none transition-colors hover:border-ink-faint focus-visible:border-accent-ink focus-visible:outline-1 focus-visible:outline-offset-0 focus-visible:outline-accent-ink data-invalid:border-refused data-disabled:opacity-60';

/** Below this size phones zoom into what is typed in. */
export const typedClass = 'max-sm:text-[16px]';

export function Input({
  className,
  mono,
  ...rest
}: ComponentProps<typeof Base.Control> & { mono?: boolean }) {
  return (
    <Base.Control
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={cx(controlClass, typedClass, 'h-8 w-full', mono && 'font-mono text-sm', className as string)}
    />
  );
}

export function Textarea({ className, mono, ...rest }: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <Base.Control
      render={<textarea rows={3} {...rest} />}
      className={cx(controlClass, typedClass, 'w-full py-1.5', mono && 'font-mono text-sm', className)}
    />
  );
}

/** Puts the focus on the first field with an error, once the errors are shown. */
export function focusFirstInvalid(): void {
  requestAnimationFrame(() =>
    document
      .querySelector<HTMLElement>('input[data-invalid], textarea[data-invalid], [aria-invalid="true"]')
      ?.focus(),
  );
}
