import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call, type Schemas } from '../../api/client';
import { dateAndTime } from '../../format/time';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { Segments } from '../../ui/Choices';
import { Field, Input } from '../../ui/Field';
import { ProblemNote } from '../../ui/States';
import { useNow, useZone } from '../../ui/Time';
import type { Token } from '../queries';
import { type Overlap, overlapEnd, overlaps } from './overlap';

interface RotateFormProps {
  team: string;
  token: Token;
  onRotated: (rotated: Schemas['RotatedBody']) => void;
}

export function RotateForm({ team, token, onRotated }: RotateFormProps) {
  const client = useQueryClient();
  const zone = useZone();
  const now = useNow();
  const [overlap, setOverlap] = useState<Overlap>('86400');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const end = overlapEnd(token, overlap, now);
  const when = { when: dateAndTime(end.at, zone), zone };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const rotated = await call('post', '/api/v1/teams/{team}/tokens/{id}/rotate', {
        path: { team, id: token.id },
        body: { overlap_seconds: Number(overlap), reason: reason.trim() || undefined },
      });
      onRotated(rotated);
      void client.invalidateQueries({ queryKey: ['tokens', team] });
    } catch (caught) {
      setError(caught);
      // When the answer was lost the rotation may have happened: what the token says now tells.
      void client.invalidateQueries({ queryKey: ['tokens', team] });
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="flex max-w-xl flex-col gap-5">
      <div>
        <h2 className="mb-2 text-sm font-medium">{t('tokens.rotate.overlap')}</h2>
        <Segments<Overlap>
          label={t('tokens.rotate.overlap')}
          value={overlap}
          onChange={setOverlap}
          choices={overlaps.map((value) => ({ value, label: t(`tokens.rotate.overlap.${value}`) }))}
        />
        <p aria-live="polite" className="mt-2 text-sm text-ink-soft">
          {overlap === '0'
            ? t('tokens.rotate.overlap.now')
            : t(end.capped ? 'tokens.rotate.overlap.capped' : 'tokens.rotate.overlap.until', when)}
        </p>
      </div>
      <Field label={t('tokens.rotate.reason')} hint={t('tokens.revoke.reason.hint')} optional>
        <Input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <ProblemNote error={error} />
      <div>
        <Button type="submit" tone="primary" busy={busy}>
          {t('tokens.rotate.confirm')}
        </Button>
      </div>
    </form>
  );
}
