import { useState } from 'react';
import { request, type Schemas, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Checkbox } from '../ui/Checkbox';
import { Dialog } from '../ui/Dialog';
import { ProblemNote } from '../ui/States';
import type { User } from './queries';

interface ResetUserProps {
  user: User;
  onMade: (made: Schemas['ResetLinkBody']) => void;
  onClose: () => void;
}

/** Makes a link by which somebody sets another password. */
export function ResetUser({ user, onMade, onClose }: ResetUserProps) {
  const [all, setAll] = useState(false);
  const { busy, problem, run } = useAttempt();
  const make = () =>
    run(async () =>
      onMade(
        await request('post', urlOf('/api/v1/users/{user}/reset', { user: user.id }), {
          body: { remove_second_factors: all },
        }),
      ),
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('operator.users.reset.title', { name: user.name })}
      text={t('operator.users.reset.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" busy={busy} onClick={() => void make()}>
            {t('operator.users.reset.make')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div>
          <Checkbox checked={all} onChange={setAll}>
            {t('operator.users.reset.all')}
          </Checkbox>
          <p className="ps-6 text-sm text-ink-faint">{t('operator.users.reset.all.hint')}</p>
        </div>
        <ProblemNote error={problem} />
      </div>
    </Dialog>
  );
}
