import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { request } from '../api/client';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Bone } from '../ui/States';
import { SecondFactor } from './SecondFactor';
import { type Factor, isSignedIn, type SessionAnswer, sessionQuery } from './session';

interface StepUpDialogProps {
  methods: readonly string[];
  onAnswer: (done: boolean) => void;
}

/** Asks once more for a second factor, before something that guards others. */
export function StepUpDialog({ methods, onAnswer }: StepUpDialogProps) {
  const client = useQueryClient();
  // Where it is not said with what, either there is nothing yet, or this browser has not ended signing in.
  const { data, isPending } = useQuery({
    queryKey: ['session', 'awaited'],
    queryFn: ({ signal }) => request<SessionAnswer>('get', '/api/v1/session', { signal }),
    enabled: methods.length === 0,
    gcTime: 0,
  });
  const awaited = data && !isSignedIn(data) ? data.methods : [];
  const known = (methods.length > 0 ? methods : awaited) as readonly Factor[];

  function proved(answer: SessionAnswer) {
    if (isSignedIn(answer)) client.setQueryData(sessionQuery.queryKey, answer);
    // A recovery code may have been used up.
    void client.invalidateQueries({ queryKey: ['account'], exact: true });
    onAnswer(true);
  }

  if (methods.length === 0 && isPending)
    return (
      <Dialog open mustAnswer onClose={() => onAnswer(false)} title={t('session.stepUp.title')}>
        <Bone className="h-8 w-full" />
      </Dialog>
    );
  if (known.length === 0) return <NoSecondFactor onClose={() => onAnswer(false)} />;
  const password = known.includes('password');
  return (
    <Dialog
      open
      mustAnswer
      onClose={() => onAnswer(false)}
      title={t('session.stepUp.title')}
      text={t(password ? 'session.stepUp.password' : 'session.stepUp.text')}
    >
      <SecondFactor methods={known} onProved={proved} />
    </Dialog>
  );
}

/** The team asks for a second factor of somebody who has none. */
function NoSecondFactor({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <Dialog
      open
      mustAnswer
      onClose={onClose}
      title={t('session.stepUp.none.title')}
      text={t('session.stepUp.none.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button
            tone="primary"
            onClick={() => {
              onClose();
              void navigate({ to: '/account' });
            }}
          >
            {t('session.stepUp.none.go')}
          </Button>
        </>
      }
    />
  );
}
