import { Toast as Base } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect } from 'react';
import { t } from '../messages/messages';
import { buttonClass } from './Button';
import { ReturnsFocus } from './focus';
import { showToastsWith, type ToastOptions } from './toast';

const manager = Base.createToastManager();

function show({ title, text, tone = 'neutral', undo }: ToastOptions): void {
  const id = manager.add({
    title,
    description: text,
    type: tone,
    timeout: undo || tone === 'refused' ? 10_000 : 5000,
    priority: tone === 'refused' ? 'high' : 'low',
    actionProps: undo && {
      children: t('ui.undo'),
      onClick: () => {
        manager.close(id);
        undo();
      },
    },
  });
}

/** The toasts that are shown. */
export function ToastList() {
  useEffect(() => showToastsWith(show), []);
  return (
    <Base.Provider toastManager={manager}>
      <Base.Portal>
        {/* Above the bar that saves a form, whose buttons they would hide. */}
        <Base.Viewport className="fixed end-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2 outline-none max-sm:[body:has([data-save-bar])_&]:bottom-26 sm:[body:has([data-save-bar])_&]:bottom-18">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager();
  return toasts.map((one) => (
    <Base.Root
      key={one.id}
      toast={one}
      className="floating transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
    >
      <ReturnsFocus />
      <Base.Content className="flex items-start gap-2.5 py-2.5 ps-3 pe-2">
        {one.type === 'refused' ? (
          <CircleAlert className="mt-0.5 size-4 shrink-0 text-refused" aria-hidden />
        ) : (
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-allowed" aria-hidden />
        )}
        <div className="min-w-0 flex-1 pt-px">
          <Base.Title className="text-sm font-medium" />
          <Base.Description className="text-sm text-ink-soft" />
        </div>
        {one.actionProps && <Base.Action className={buttonClass('plain', 'sm')} />}
        <Base.Close aria-label={t('ui.dismiss')} className={buttonClass('quiet', 'sm', true)}>
          <X className="size-3.5" aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}
