import { Copy, Download } from 'lucide-react';
import { useRef, useState } from 'react';
import { t } from '../messages/messages';
import { useSession } from '../session/session';
import { Button } from '../ui/Button';
import { copyText } from '../ui/CopyButton';
import { Confirm, Dialog } from '../ui/Dialog';
import { download } from '../ui/download';
import { useLeaveGuard } from '../ui/draft';
import { type Kept, ShownOnce } from '../ui/ShownOnce';

/** Shows new recovery codes, this once. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { user } = useSession();
  const [kept, setKept] = useState<Kept>('no');
  const [closing, setClosing] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const guard = useLeaveGuard(kept !== 'yes');
  const text = codes.join('\n');

  async function copy() {
    if (await copyText(text)) return setKept('yes');
    setKept('failed');
    if (list.current) getSelection()?.selectAllChildren(list.current);
  }

  function save() {
    const head = t('account.codes.file', { email: user.email, host: location.host });
    download('keyward-recovery-codes.txt', 'text/plain', [`${head}\n\n${text}\n`]);
    setKept('yes');
  }

  const close = () => (kept === 'yes' ? onClose() : setClosing(true));
  return (
    <>
      <Dialog
        open
        mustAnswer
        onClose={close}
        title={t('account.codes.new.title')}
        text={t('account.codes.new.text')}
        actions={
          <Button tone={kept === 'yes' ? 'primary' : 'plain'} onClick={close}>
            {t('account.codes.done')}
          </Button>
        }
      >
        <ol
          ref={list}
          aria-label={t('account.codes.title')}
          dir="ltr"
          className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-md border bg-sunken px-4 py-3 font-mono text-sm select-all"
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <div className="mt-3 mb-2 flex flex-wrap gap-2">
          <Button icon={<Copy className="size-4" aria-hidden />} onClick={() => void copy()}>
            {t('account.codes.copy')}
          </Button>
          <Button icon={<Download className="size-4" aria-hidden />} onClick={save}>
            {t('account.codes.save')}
          </Button>
        </div>
        <ShownOnce state={kept} not={t('account.codes.notKept')} done={t('account.codes.kept')} />
      </Dialog>
      <Confirm
        open={closing || guard.asking}
        title={t('account.codes.leave.title')}
        text={t('account.codes.leave.text')}
        cancel={t('account.codes.leave.stay')}
        onCancel={() => {
          setClosing(false);
          guard.stay();
        }}
        confirm={
          <Button tone="danger" onClick={guard.asking ? guard.leave : onClose}>
            {t('account.codes.leave.leave')}
          </Button>
        }
      />
    </>
  );
}
