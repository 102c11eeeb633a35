import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { t } from '../messages/messages';
import { buttonClass } from '../ui/Button';
import { cx } from '../ui/cx';
import { Navigation } from './Navigation';

/** The navigation where there is no room for it at the side. */
export function NavigationDrawer({ onClose }: { onClose: () => void }) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          aria-label={t('shell.navigation')}
          className="fixed inset-y-0 start-0 z-40 w-64 border-e bg-canvas outline-none"
        >
          <Navigation onGo={onClose} />
          <Base.Close
            aria-label={t('shell.navigation.close')}
            className={cx(buttonClass('quiet', 'md', true), 'absolute end-2 top-2')}
          >
            <X className="size-4" aria-hidden />
          </Base.Close>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
