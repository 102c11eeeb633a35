import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request, type Schemas, urlOf } from '../api/client';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { roleName } from '../session/roles';
import { useTeamName } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { useDraft } from '../ui/draft';
import { Field, Input } from '../ui/Field';
import { Select } from '../ui/Select';
import { ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { LinkOnceDialog } from './LinkOnceDialog';
import { useRoleChoices } from './role-choices';

type Invited = Schemas['InvitedBody'];

/** Invites somebody, and shows the link that lets them in, this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [invited, setInvited] = useState<Invited>();
  if (invited) return <LinkDialog invited={invited} onClose={onClose} />;
  return <InviteForm onInvited={setInvited} onClose={onClose} />;
}

function InviteForm({ onInvited, onClose }: { onInvited: (invited: Invited) => void; onClose: () => void }) {
  const team = useTeamName();
  const client = useQueryClient();
  const [draft, setDraft, discard] = useDraft(`people/${team}/invite`, () => ({
    email: '',
    role: 'developer',
  }));
  const { busy, problem, run } = useAttempt();
  const roles = useRoleChoices(team);
  const { byField } = fieldErrors(problem, ['email', 'role']);

  async function invite(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      const body = { email: draft.email.trim(), role: draft.role };
      const made = await request<Invited>('post', urlOf('/api/v1/teams/{team}/invitations', { team }), {
        body,
      });
      discard();
      onInvited(made);
      await client.invalidateQueries({ queryKey: ['people', team, 'invitations'] });
    });
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={t('people.invite')}
      text={t('people.invite.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" form="invite" busy={busy} disabled={draft.email.trim() === ''}>
            {t('people.invite.make')}
          </Button>
        </>
      }
    >
      <form id="invite" noValidate onSubmit={(event) => void invite(event)} className="flex flex-col gap-4">
        <Field label={t('people.email')} hint={t('people.email.hint')} errors={byField.email}>
          <Input
            type="email"
            autoFocus
            autoCapitalize="none"
            placeholder="ada@example.com"
            value={draft.email}
            onChange={(event) => setDraft({ ...draft, email: event.target.value })}
          />
        </Field>
        <Field label={t('people.column.role')} errors={byField.role}>
          <Select choices={roles} value={draft.role} onChange={(role) => setDraft({ ...draft, role })} />
        </Field>
        {!byField.email && !byField.role && <ProblemNote error={problem} />}
      </form>
    </Dialog>
  );
}

function LinkDialog({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const { invitation, link } = invited;
  return (
    <LinkOnceDialog
      title={t('people.link.title', { email: invitation.email })}
      text={
        <T
          id="people.link.text"
          values={{ role: roleName(invitation.role), when: <Time key="when" at={invitation.expires_at} /> }}
        />
      }
      link={link}
      onClose={onClose}
    />
  );
}
