import { Copy } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { copyText } from '../ui/CopyButton';
import { Confirm, Dialog } from '../ui/Dialog';
import { useLeaveGuard } from '../ui/draft';
import { type Kept, ShownOnce } from '../ui/ShownOnce';

interface LinkOnceDialogProps {
  title: string;
  text: ReactNode;
  link: string;
  onClose: () => void;
}

/** A link with a code in it, which is shown once. */
export function LinkOnceDialog({ title, text, link, onClose }: LinkOnceDialogProps) {
  const [kept, setKept] = useState<Kept>('no');
  const [closing, setClosing] = useState(false);
  const shown = useRef<HTMLElement>(null);
  const guard = useLeaveGuard(kept !== 'yes');

  async function copy() {
    if (await copyText(link)) return setKept('yes');
    setKept('failed');
    if (shown.current) getSelection()?.selectAllChildren(shown.current);
  }

  const close = () => (kept === 'yes' ? onClose() : setClosing(true));
  return (
    <>
      <Dialog
        open
        mustAnswer
        width="md"
        onClose={close}
        title={title}
        text={text}
        actions={<Button onClick={close}>{t('ui.done')}</Button>}
      >
        <code
          ref={shown}
          dir="ltr"
          className="block rounded-md border bg-sunken px-3 py-2 font-mono text-xs leading-5 break-all select-all"
        >
          {link}
        </code>
        <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button
            tone="primary"
            autoFocus
            icon={<Copy className="size-4" aria-hidden />}
            onClick={() => void copy()}
          >
            {t('people.link.copy')}
          </Button>
          <ShownOnce state={kept} not={t('people.link.notCopied')} done={t('people.link.copied')} />
        </div>
      </Dialog>
      <Confirm
        open={closing || guard.asking}
        title={t('people.link.leave.title')}
        text={t('people.link.leave.text')}
        cancel={t('ui.leave.stay')}
        onCancel={() => {
          setClosing(false);
          guard.stay();
        }}
        confirm={
          <Button tone="danger" onClick={guard.asking ? guard.leave : onClose}>
            {t('people.link.leave.leave')}
          </Button>
        }
      />
    </>
  );
}
