import { AlertDialog as Alert } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { buttonClass } from './Button';
import { cx } from './cx';
import { ReturnsFocus } from './focus';
import { InDialog } from './popups';

const backdrop =
  'fixed inset-0 z-40 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0';
const popup =
  'floating fixed start-1/2 top-[12vh] z-40 flex max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0 rtl:translate-x-1/2';

const widths = { sm: 'max-w-md', md: 'max-w-xl', lg: 'max-w-3xl' };

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  text?: ReactNode;
  width?: keyof typeof widths;
  /** The buttons, the one that goes on last. */
  actions?: ReactNode;
  children?: ReactNode;
  /** Something long to read: what scrolls can have the focus, so that the keyboard moves it. */
  reading?: boolean;
  /** For dialogs that must be answered: a click outside does not close them. */
  mustAnswer?: boolean;
}

/** Something to see to before going on. Closes on Escape and a click outside. */
export function Dialog({
  open,
  onClose,
  title,
  text,
  width = 'sm',
  actions,
  children,
  reading,
  mustAnswer,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()} disablePointerDismissal={mustAnswer}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <InDialog value>
          <Base.Popup className={cx(popup, widths[width])}>
            <ReturnsFocus />
            <header className="flex items-start gap-4 px-5 pt-4 pb-3">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold">{title}</Base.Title>
                {text && <Base.Description className="mt-1 text-base text-ink-soft">{text}</Base.Description>}
              </div>
              <Base.Close
                aria-label={t('ui.close')}
                className={cx(buttonClass('quiet', 'sm', true), '-me-1.5')}
              >
                <X className="size-4" aria-hidden />
              </Base.Close>
            </header>
            {children && (
              <div
                tabIndex={reading ? 0 : undefined}
                className="-mt-1 min-h-0 overflow-y-auto px-5 pt-1 pb-4"
              >
                {children}
              </div>
            )}
            {actions && (
              <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">{actions}</footer>
            )}
          </Base.Popup>
        </InDialog>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  title: ReactNode;
  text: ReactNode;
  cancel?: string;
  confirm: ReactNode;
  onCancel: () => void;
  children?: ReactNode;
}

/** A question that has to be answered before anything else. `confirm` is the button that goes on. */
export function Confirm({ open, title, text, cancel, confirm, onCancel, children }: ConfirmProps) {
  return (
    <Alert.Root open={open} onOpenChange={(next) => !next && onCancel()}>
      <Alert.Portal>
        <Alert.Backdrop className={backdrop} />
        <InDialog value>
          <Alert.Popup className={cx(popup, widths.sm)}>
            <ReturnsFocus />
            <div className="min-h-0 overflow-y-auto px-5 pt-4 pb-4">
              <Alert.Title className="text-lg font-semibold">{title}</Alert.Title>
              <Alert.Description className="mt-1 text-base text-ink-soft">{text}</Alert.Description>
              {children && <div className="mt-4">{children}</div>}
            </div>
            <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">
              <Alert.Close className={buttonClass('plain')}>{cancel ?? t('ui.cancel')}</Alert.Close>
              {confirm}
            </footer>
          </Alert.Popup>
        </InDialog>
      </Alert.Portal>
    </Alert.Root>
  );
}
