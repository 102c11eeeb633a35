import { absoluteTime } from '../format/time';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Status, type Tone } from '../ui/Badge';
import { Time, useZone } from '../ui/Time';
import { answerOf, type KnownReceipt, type NodeAnswer } from './receipt';

const tones: Record<NodeAnswer, Tone> = {
  refuses: 'refused',
  waits: 'warning',
  silent: 'warning',
  gone: 'neutral',
};

interface ReceiptTableProps {
  receipt: KnownReceipt;
  /** When this was so. */
  askedAt: number;
}

/** What each node answers to calls with the token. */
export function ReceiptTable({ receipt, askedAt }: ReceiptTableProps) {
  const zone = useZone();
  const there = receipt.nodes.filter((node) => !node.gone);
  const refusing = there.filter((node) => node.refuses).length;
  const count = there.length;
  return (
    <>
      <p className="mb-2 text-sm" aria-live="polite">
        {refusing === count
          ? t('tokens.receipt.all', { count })
          : t('tokens.receipt.some', { refusing, count })}
      </p>
      <table className="w-full text-sm">
        <thead>
          <tr className="text-xs text-ink-faint [&>th]:border-b [&>th]:py-1.5 [&>th]:pe-3 [&>th]:font-medium">
            <th scope="col">{t('tokens.receipt.node')}</th>
            <th scope="col">{t('tokens.receipt.state')}</th>
            <th scope="col">{t('tokens.receipt.since')}</th>
          </tr>
        </thead>
        <tbody>
          {receipt.nodes.map((node) => {
            const answer = answerOf(node, askedAt);
            return (
              <tr key={node.node} className="[&>td]:border-b [&>td]:py-2 [&>td]:pe-3">
                <td className="min-w-20 font-mono text-xs break-words">{node.node}</td>
                <td>
                  <Status tone={tones[answer]} hollow={answer === 'gone'}>
                    {t(`tokens.receipt.${answer}`)}
                  </Status>
                </td>
                <td className="text-ink-soft">
                  {answer === 'refuses' ? (
                    absoluteTime(new Date(node.seen_at), zone)
                  ) : (
                    <T id="tokens.receipt.lastHeard" values={{ when: <Time at={node.seen_at} /> }} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
