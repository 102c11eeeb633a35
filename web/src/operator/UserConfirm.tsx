import { t } from '../messages/messages';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import type { User } from './queries';

export interface Edit {
  operator?: boolean;
  suspended?: boolean;
}

interface UserConfirmProps {
  user: User;
  edit: Edit;
  onRun: (user: User, edit: Edit) => Promise<void>;
  onClose: () => void;
}

/** Asks before somebody gets the whole installation, loses it, or is shut out. */
export function UserConfirm({ user, edit, onRun, onClose }: UserConfirmProps) {
  const { busy, problem, run } = useAttempt();
  const what = edit.suspended ? 'suspend' : edit.operator ? 'promote' : 'demote';
  const go = () =>
    run(async () => {
      await onRun(user, edit);
      onClose();
      toast({ title: t(`operator.users.${what}.done`, { name: user.name }) });
    });
  return (
    <Confirm
      open
      title={t(`operator.users.${what}.title`, { name: user.name })}
      text={t(`operator.users.${what}.text`)}
      onCancel={onClose}
      confirm={
        <Button tone="danger" busy={busy} onClick={() => void go()}>
          {t(`operator.users.${what}.confirm`)}
        </Button>
      }
    >
      {problem ? <ProblemNote error={problem} /> : undefined}
    </Confirm>
  );
}
