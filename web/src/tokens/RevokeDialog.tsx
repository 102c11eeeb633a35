import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { forEachToken, nameOf } from './actions';
import { lastHourQuery, type Receipt, type Token, usageQuery } from './queries';
import { ReceiptDialog } from './ReceiptDialog';
import { mergedReceipt } from './receipt';
import { type LastHour, TrafficNote } from './TrafficNote';

interface RevokeDialogProps {
  team: string;
  tokens: readonly Token[];
  onClose: () => void;
}

/** Ends tokens for good: shows who uses them, asks for more than a click where somebody does, and gives the receipt. */
export function RevokeDialog({ team, tokens, onClose }: RevokeDialogProps) {
  const client = useQueryClient();
  const traffic = useLastHour(team, tokens);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [receipts, setReceipts] = useState<Receipt[]>([]);
  const first = tokens[0];
  if (!first) return null;

  const many = tokens.length > 1;
  const proof = many ? String(tokens.length) : nameOf(first);
  const askProof = traffic !== 'reading' && (traffic === 'unknown' || traffic.calls > 0);

  async function revoke() {
    setBusy(true);
    setProblem(undefined);
    const answers: Receipt[] = [];
    const { failed } = await forEachToken(tokens, async (token) => {
      const answer = await call('post', '/api/v1/teams/{team}/tokens/{id}/revoke', {
        path: { team, id: token.id },
        body: { reason: reason.trim() || t('tokens.revoke.reason.default') },
      });
      answers.push(answer.receipt);
    });
    setBusy(false);
    setReceipts(answers);
    setProblem(failed[0]?.error);
    await client.invalidateQueries({ queryKey: ['tokens', team] });
  }

  if (receipts.length > 0) {
    return (
      <ReceiptDialog
        team={team}
        token={first}
        count={receipts.length}
        receipt={mergedReceipt(receipts)}
        problem={problem}
        onClose={onClose}
      />
    );
  }

  return (
    <Dialog
      open
      onClose={onClose}
      mustAnswer={busy}
      width="md"
      title={
        many
          ? t('tokens.revoke.titleMany', { count: tokens.length })
          : t('tokens.revoke.title', { name: nameOf(first) })
      }
      text={t(many ? 'tokens.revoke.textMany' : 'tokens.revoke.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button
            tone="danger"
            busy={busy}
            disabled={traffic === 'reading' || (askProof && typed.trim() !== proof)}
            onClick={() => void revoke()}
          >
            {many ? t('tokens.revoke.confirmMany', { count: tokens.length }) : t('tokens.revoke.confirm')}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && traffic !== 'reading' && (!askProof || typed.trim() === proof)) void revoke();
        }}
      >
        <TrafficNote traffic={traffic} many={many} />
        <Field label={t('tokens.revoke.reason')} hint={t('tokens.revoke.reason.hint')} optional>
          <Input
            value={reason}
            placeholder={t('tokens.revoke.reason.default')}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        {askProof && (
          <Field
            label={
              <T
                id={many ? 'tokens.revoke.typeCount' : 'tokens.revoke.typeName'}
                values={{
                  name: nameOf(first),
                  count: tokens.length,
                  b: (parts) => <strong className="select-all">{parts}</strong>,
                }}
              />
            }
            hint={many ? undefined : t('tokens.revoke.disableInstead')}
          >
            <Input value={typed} onChange={(event) => setTyped(event.target.value)} />
          </Field>
        )}
        <ProblemNote error={problem} />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

/** Who used the tokens in the last hour. */
function useLastHour(team: string, tokens: readonly Token[]): LastHour | 'reading' | 'unknown' {
  const first = tokens[0];
  const many = tokens.length > 1;
  const one = useQuery({
    ...usageQuery(team, first?.id ?? '', 1),
    enabled: !many && Boolean(first),
    staleTime: 0,
  });
  const all = useQuery({ ...lastHourQuery(team), enabled: many });
  const query = many ? all : one;
  if (query.isError) return 'unknown';
  if (query.data === undefined || query.isFetching) return 'reading';
  if (!many && one.data) {
    if (one.data.calls == null) return 'unknown';
    return {
      calls: one.data.calls,
      by: one.data.addresses.map((use) => ({
        name: use.address,
        mono: true,
        calls: use.calls,
        at: use.last_at,
      })),
    };
  }
  const byId = new Map(tokens.map((token) => [token.id, token]));
  const series = (all.data?.series ?? []).filter((one) => byId.has(one.key[0] ?? '') && one.total);
  return {
    calls: series.reduce((sum, one) => sum + (one.total?.calls ?? 0), 0),
    by: series
      .filter((one) => (one.total?.calls ?? 0) > 0)
      .map((one) => {
        const token = byId.get(one.key[0] ?? '');
        return {
          name: token ? nameOf(token) : '',
          mono: false,
          calls: one.total?.calls ?? 0,
          at: token?.last_use?.at,
        };
      }),
  };
}
