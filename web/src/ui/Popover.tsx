import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx';

interface PopoverProps {
  /** The button that opens it, as an element. */
  trigger: ReactElement;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** What is in it, read aloud. */
  label: string;
  align?: 'start' | 'end';
  className?: string;
  children: ReactNode;
}

/** Something small to fill in or choose from, beside the button that it belongs to. For things to do take `Menu`. */
export function Popover({
  trigger,
  open,
  onOpen,
  label,
  align = 'start',
  className,
  children,
}: PopoverProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className="z-50 outline-none">
          <Base.Popup
            aria-label={label}
            className={cx(
              'floating max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto outline-none',
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
