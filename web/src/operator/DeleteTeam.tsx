import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { sessionQuery } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { type Team, teamsQuery } from './queries';

/** Deletes a team that holds nothing any more. */
export function DeleteTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const { busy, problem, run } = useAttempt();

  const remove = () =>
    run(async () => {
      await request('delete', urlOf('/api/v1/teams/{team}', { team: team.name }), {
        headers: { 'If-Match': `"${team.version}"` },
      });
      onClose();
      toast({ title: t('operator.teams.deleted', { name: team.name }) });
      await client.invalidateQueries({ queryKey: teamsQuery.queryKey });
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey, exact: true });
    });

  return (
    <Confirm
      open
      title={t('operator.teams.delete.title', { name: team.spec.title || team.name })}
      text={t('operator.teams.delete.text')}
      onCancel={onClose}
      confirm={
        <Button tone="danger" busy={busy} disabled={typed.trim() !== team.name} onClick={() => void remove()}>
          {t('operator.teams.delete.confirm')}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('operator.teams.delete.type', { name: team.name })}>
          <Input mono value={typed} onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <ProblemNote error={problem} />
      </div>
    </Confirm>
  );
}
