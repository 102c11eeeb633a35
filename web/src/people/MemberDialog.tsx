import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request, urlOf } from '../api/client';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { resourcesQuery } from '../resources/resource';
import { sessionQuery, useCan, useSession, useTeamName } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { MultiCombobox } from '../ui/Combobox';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { Select } from '../ui/Select';
import { ProblemNote, problemText } from '../ui/States';
import { toast } from '../ui/toast';
import type { Member } from './queries';
import { useRoleChoices } from './role-choices';

interface Change {
  role: string;
  apps: string[];
}

/** Changes what somebody is in the team, and which apps are theirs. */
export function MemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const team = useTeamName();
  const can = useCan();
  const client = useQueryClient();
  const { user } = useSession();
  const before: Change = { role: member.role, apps: member.apps };
  const [role, setRole] = useState(before.role);
  const [apps, setApps] = useState(before.apps);
  const { busy, problem, run } = useAttempt();
  const known = useQuery({ ...resourcesQuery('apps', team), enabled: can('keyward:apps.read') });
  const roles = useRoleChoices(team, member.role);
  const { byField } = fieldErrors(problem, ['role', 'apps']);
  const own = member.user.id === user.id;
  const changed = role !== before.role || [...apps].sort().join() !== [...before.apps].sort().join();

  async function send(change: Change) {
    await request('patch', urlOf('/api/v1/teams/{team}/members/{user}', { team, user: member.user.id }), {
      body: change,
    });
    await client.invalidateQueries({ queryKey: ['people', team] });
    if (own) await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }

  async function undo() {
    try {
      await send(before);
    } catch (error) {
      toast({ ...problemText(error), tone: 'refused' });
    }
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      await send({ role, apps });
      onClose();
      toast({ title: t('people.changed', { name: member.user.name }), undo: () => void undo() });
    });
  }

  return (
    <Dialog
      open
      mustAnswer={changed}
      onClose={onClose}
      title={member.user.name}
      text={member.user.email}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" form="member" busy={busy} disabled={!changed}>
            {t('people.save')}
          </Button>
        </>
      }
    >
      <form id="member" noValidate onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label={t('people.column.role')} errors={byField.role}>
          <Select choices={roles} value={role} onChange={setRole} />
        </Field>
        <Field label={t('people.column.apps')} hint={t('people.apps.hint')} errors={byField.apps} optional>
          <MultiCombobox
            label={t('people.column.apps')}
            placeholder={t('people.apps.choose')}
            choices={(known.data ?? []).map((app) => ({
              value: app.id,
              label: app.spec.title || app.name,
              hint: app.spec.title ? app.name : undefined,
            }))}
            value={apps}
            onChange={setApps}
          />
        </Field>
        {own && role !== before.role && <p className="text-sm text-warning">{t('people.own')}</p>}
        {!byField.role && !byField.apps && <ProblemNote error={problem} />}
      </form>
    </Dialog>
  );
}
