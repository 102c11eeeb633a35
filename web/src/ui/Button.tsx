import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';

type Tone = 'primary' | 'plain' | 'quiet' | 'danger';
type Size = 'sm' | 'md';

const tones: Record<Tone, string> = {
  primary: 'bg-accent text-on-accent enabled:hover:bg-accent-hover [a&]:hover:bg-accent-hover',
  plain: 'border border-line-strong bg-surface text-ink enabled:hover:bg-hover [a&]:hover:bg-hover',
  quiet:
    'text-ink-soft enabled:hover:bg-hover enabled:hover:text-ink [a&]:hover:bg-hover [a&]:hover:text-ink',
  danger:
    'border border-line-strong bg-surface text-refused enabled:hover:border-refused enabled:hover:bg-refused-soft',
};

const sizes: Record<Size, string> = {
  sm: 'h-7 text-sm gap-1.5',
  md: 'h-8 text-sm gap-2',
};

const paddings: Record<Size, string> = { sm: 'px-2', md: 'px-3' };
const squares: Record<Size, string> = { sm: 'w-7', md: 'w-8' };

export function buttonClass(tone: Tone = 'plain', size: Size = 'md', square = false): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap select-none transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-50 data-disabled:cursor-not-allowed data-disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50',
    tones[tone],
    sizes[size],
    square ? squares[size] : paddings[size],
  );
}

interface ButtonProps extends ComponentProps<'button'> {
  tone?: Tone;
  size?: Size;
  /** While what it started is under way. */
  busy?: boolean;
  icon?: ReactNode;
}

/** Says what happens: "Revoke token", not "OK". One `primary` on a page. */
export function Button({ tone, size, busy, icon, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      // A button that is disabled loses the focus, and with it the place of who uses the keyboard.
      onClick={busy ? (event) => event.preventDefault() : onClick}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={cx(buttonClass(tone, size), className)}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does; read aloud. Wrap the button in `Tip` where it should be seen, too. */
  label: string;
  tone?: Tone;
  size?: Size;
}

export function IconButton({ label, tone = 'quiet', size = 'md', className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      {...rest}
      className={cx(buttonClass(tone, size, true), className)}
    />
  );
}

interface LinkLook {
  tone?: Tone;
  size?: Size;
  icon?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** Looks like a button and goes somewhere. */
export function ButtonLink({ tone, size, icon, className, children, ...rest }: LinkProps & LinkLook) {
  return (
    <Link {...(rest as LinkProps)} className={cx(buttonClass(tone, size), className)}>
      {icon}
      {children}
    </Link>
  );
}

export function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-3.5 animate-spin" role="img" aria-label={t('ui.working')}>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.25" />
      <path d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
