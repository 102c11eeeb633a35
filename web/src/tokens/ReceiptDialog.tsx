import { useEffect, useState } from 'react';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { ProblemNote } from '../ui/States';
import type { Receipt, Token } from './queries';
import { ReceiptTable } from './ReceiptTable';
import { useReceipt } from './use-receipt';

interface ReceiptDialogProps {
  team: string;
  /** One of those revoked. */
  token: Token;
  count: number;
  receipt: Receipt;
  /** Why some of them were not. */
  problem: unknown;
  onClose: () => void;
}

/** The proof of a revocation, which follows the nodes while it is open. */
export function ReceiptDialog({ team, token, count, receipt: first, problem, onClose }: ReceiptDialogProps) {
  const { receipt, askedAt, asking, waiting, error, askAgain } = useReceipt(team, token, first);
  return (
    <Dialog
      open
      onClose={onClose}
      width="md"
      title={t('tokens.receipt.title', { count })}
      text={t('tokens.receipt.text')}
      actions={
        <Button tone="primary" onClick={onClose}>
          {t('ui.done')}
        </Button>
      }
    >
      <ProblemNote error={problem} className="mb-3" />
      <ReceiptTable receipt={receipt} askedAt={askedAt} />
      {waiting !== 'nothing' && (
        <div className="mt-3 flex min-h-7 flex-wrap items-center gap-3 text-sm text-ink-faint">
          <Asked at={askedAt} />
          {waiting === 'enough' && (
            <Button size="sm" busy={asking} onClick={() => void askAgain()}>
              {t('tokens.receipt.askAgain')}
            </Button>
          )}
        </div>
      )}
      <ProblemNote error={error} className="mt-3" />
    </Dialog>
  );
}

/** How long ago the nodes were asked, to the second. */
function Asked({ at }: { at: number }) {
  const [now, setNow] = useState(at);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="tabular">
      {t('tokens.receipt.asked', { seconds: Math.max(0, Math.round((now - at) / 1000)) })}
    </span>
  );
}
