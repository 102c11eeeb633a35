import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request, urlOf } from '../api/client';
import { fieldErrors, ProblemError } from '../api/problem';
import { nameFrom } from '../apps/AppForm';
import { t } from '../messages/messages';
import { sessionQuery } from '../session/session';
import { zoneChoices } from '../settings/zones';
import { useAfter } from '../shell/first-steps';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Combobox } from '../ui/Combobox';
import { Dialog } from '../ui/Dialog';
import { useDraft } from '../ui/draft';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { teamsQuery } from './queries';

/** Makes a team, and goes to its people: without any it is of no use to others. */
export function NewTeamDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft, discard] = useDraft('operator/team', () => ({
    title: '',
    name: '',
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  }));
  const [asked, setAsked] = useState(false);
  const { busy, problem, run } = useAttempt();
  const { byField } = fieldErrors(problem, ['title', 'zone']);
  const name = draft.name.trim() || nameFrom(draft.title);
  const after = useAfter(name);
  const taken = problem instanceof ProblemError && problem.code === 'precondition_failed';
  const named = fieldErrors(problem, ['team', 'name']).byField;
  const nameErrors = [
    ...(asked && name === '' ? [t('operator.teams.name.missing')] : []),
    ...(taken ? [t('operator.teams.name.taken')] : []),
    ...(named.team ?? []),
    ...(named.name ?? []),
  ];
  const atFields = taken || Object.keys(byField).length > 0 || Object.keys(named).length > 0;

  async function create(event: FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (name === '') return;
    await run(async () => {
      await request('put', urlOf('/api/v1/teams/{team}', { team: name }), {
        body: { title: draft.title.trim(), zone: draft.zone },
        headers: { 'If-None-Match': '*' },
      });
      discard();
      toast({ title: t('operator.teams.created', { name }) });
      await client.invalidateQueries({ queryKey: teamsQuery.queryKey });
      // An operator is let into every team; the session has to know of this one.
      await client.refetchQueries({ queryKey: sessionQuery.queryKey, exact: true });
      onClose();
      await navigate(after({ to: '/teams/$team/people', params: { team: name } }));
    });
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={t('operator.teams.create')}
      text={t('operator.teams.create.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" form="new-team" busy={busy}>
            {t('operator.teams.make')}
          </Button>
        </>
      }
    >
      <form id="new-team" noValidate onSubmit={(event) => void create(event)} className="flex flex-col gap-4">
        <Field label={t('operator.teams.title')} hint={t('operator.teams.title.hint')} errors={byField.title}>
          <Input
            autoFocus
            value={draft.title}
            onChange={(event) => setDraft({ ...draft, title: event.target.value })}
          />
        </Field>
        <Field label={t('operator.teams.name')} hint={t('operator.teams.name.hint')} errors={nameErrors}>
          <Input
            mono
            placeholder={nameFrom(draft.title)}
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
        </Field>
        <Field label={t('operator.teams.zone')} errors={byField.zone}>
          <Combobox
            choices={zoneChoices(draft.zone)}
            value={draft.zone}
            onChange={(zone) => setDraft({ ...draft, zone: zone ?? 'UTC' })}
          />
        </Field>
        {!atFields && <ProblemNote error={problem} />}
      </form>
    </Dialog>
  );
}
