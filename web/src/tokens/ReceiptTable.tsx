import { absoluteTime } from '../format/time';
import { t } from '../messages/messages';
import { Status } from '../ui/Badge';
import { useZone } from '../ui/Time';
import type { Receipt } from './queries';

/** The proof of a revocation: what each node answers to calls with the token. */
export function ReceiptTable({ receipt }: { receipt: Receipt }) {
  const zone = useZone();
  const refusing = receipt.nodes.filter((node) => node.refuses).length;
  const count = receipt.nodes.length;
  return (
    <>
      <p className="mb-2 text-sm">
        {refusing === count
          ? t('tokens.receipt.all', { count })
          : t('tokens.receipt.some', { refusing, count })}
      </p>
      <table className="w-full text-sm">
        <thead>
          <tr className="text-xs text-ink-faint [&>th]:border-b [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col">{t('tokens.receipt.node')}</th>
            <th scope="col">{t('tokens.receipt.state')}</th>
            <th scope="col">{t('tokens.receipt.since')}</th>
          </tr>
        </thead>
        <tbody>
          {receipt.nodes.map((node) => (
            <tr key={node.node} className="[&>td]:border-b [&>td]:py-2">
              <td className="font-mono text-xs">{node.node}</td>
              <td>
                <Status tone={node.refuses ? 'refused' : 'warning'}>
                  {t(node.refuses ? 'tokens.receipt.refuses' : 'tokens.receipt.waits')}
                </Status>
              </td>
              <td className="text-ink-soft">{absoluteTime(new Date(node.seen_at), zone)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
