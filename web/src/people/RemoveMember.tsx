import { useQueryClient } from '@tanstack/react-query';
import { request, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { useSession, useTeamName } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import type { Member } from './queries';

/** Ends somebody's membership. */
export function RemoveMember({ member, onClose }: { member: Member; onClose: () => void }) {
  const team = useTeamName();
  const client = useQueryClient();
  const { user } = useSession();
  const { busy, problem, run } = useAttempt();
  const own = member.user.id === user.id && !user.operator;
  const name = member.user.name;

  const remove = () =>
    run(async () => {
      await request('delete', urlOf('/api/v1/teams/{team}/members/{user}', { team, user: member.user.id }));
      // What is on the page is no longer for them.
      if (own) return location.assign('/');
      onClose();
      toast({ title: t('people.removed', { name }) });
      await client.invalidateQueries({ queryKey: ['people', team] });
    });

  return (
    <Confirm
      open
      title={t(own ? 'people.leave.title' : 'people.remove.title', { name, team })}
      text={t(own ? 'people.leave.text' : 'people.remove.text')}
      onCancel={onClose}
      confirm={
        <Button tone="danger" busy={busy} onClick={() => void remove()}>
          {t(own ? 'people.leave' : 'people.remove.confirm')}
        </Button>
      }
    >
      {problem ? <ProblemNote error={problem} /> : undefined}
    </Confirm>
  );
}
