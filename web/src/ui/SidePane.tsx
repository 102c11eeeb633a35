import { Dialog as Base } from '@base-ui/react/dialog';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { IconButton } from './Button';
import { useWindowWidth } from './window';

interface SidePaneProps {
  /** What is shown, as its name. */
  label: string;
  title: ReactNode;
  onClose: () => void;
  /** To what stands before and after it in the list. */
  onPrevious?: () => void;
  onNext?: () => void;
  children: ReactNode;
}

/**
 * One thing of a list, beside it: the list stays in reach. In narrow windows it lies over the page.
 * The page leaves room for it: `xl:pe-[28rem]`.
 */
export function SidePane(props: SidePaneProps) {
  const wide = useWindowWidth() >= 1280;
  useShortcut('Escape', props.onClose, {
    label: t('ui.close'),
    group: t('shell.shortcuts.here'),
    when: wide,
  });
  if (wide) {
    return (
      <aside
        aria-label={props.label}
        className="fixed end-0 top-12 bottom-0 z-20 flex w-[28rem] flex-col border-s bg-surface"
      >
        <Content {...props} />
      </aside>
    );
  }
  return (
    <Base.Root open onOpenChange={(open) => !open && props.onClose()}>
      <Base.Portal>
        <Base.Popup
          aria-label={props.label}
          className="fixed inset-0 z-40 flex flex-col bg-surface outline-none"
        >
          <Content {...props} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Content({ title, onClose, onPrevious, onNext, children }: SidePaneProps) {
  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-1 border-b ps-4 pe-2">
        <div className="min-w-0 flex-1">{title}</div>
        <IconButton size="sm" label={t('picks.previous')} disabled={!onPrevious} onClick={onPrevious}>
          <ChevronUp className="size-4" aria-hidden />
        </IconButton>
        <IconButton size="sm" label={t('picks.next')} disabled={!onNext} onClick={onNext}>
          <ChevronDown className="size-4" aria-hidden />
        </IconButton>
        <IconButton size="sm" label={t('ui.close')} onClick={onClose}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">{children}</div>
    </>
  );
}
