import { CopyButton } from './CopyButton';
import { cx } from './cx';

interface CodeProps {
  text: string;
  /** What it is, for the copy button: "command". */
  what: string;
  /** What is copied where it is not what is shown, as with a masked secret. */
  copies?: string;
  onCopied?: () => void;
  wrap?: boolean;
  className?: string;
}

/** A block of code or a command with a copy button. */
export function Code({ text, what, copies, onCopied, wrap, className }: CodeProps) {
  return (
    <div className={cx('group relative rounded-md border bg-sunken', className)}>
      <pre
        dir="ltr"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
        tabIndex={0}
        className={cx(
          'overflow-x-auto p-3 pe-11 font-mono text-xs leading-5',
          wrap && 'break-all whitespace-pre-wrap',
        )}
      >
        <code>{text}</code>
      </pre>
      <div className="absolute end-1.5 top-1.5 rounded-md bg-sunken">
        <CopyButton text={copies ?? text} what={what} onCopied={onCopied} />
      </div>
    </div>
  );
}

/** An id, a path, a scope within a text. */
export function Mono({ children, className }: { children: React.ReactNode; className?: string }) {
  return <span className={cx('font-mono text-[0.92em]', className)}>{children}</span>;
}
