import { useQueryClient } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { Dialog } from '../ui/Dialog';
import { SignIn } from './SignIn';
import { isSignedIn, type Session, sessionQuery } from './session';

/** The session ended in the middle of work: signs the same person in again, over the page as it is. */
export function SessionEndDialog({ onAnswer }: { onAnswer: (done: boolean) => void }) {
  const client = useQueryClient();
  const before = client.getQueryData(sessionQuery.queryKey);
  const email = isSignedIn(before) ? before.user.email : undefined;

  function enter(session: Session) {
    // What is on the page belongs to whoever opened it.
    if (isSignedIn(before) && before.user.id !== session.user.id) return location.assign('/');
    client.setQueryData(sessionQuery.queryKey, session);
    onAnswer(true);
  }

  return (
    <Dialog
      open
      mustAnswer
      onClose={() => onAnswer(false)}
      title={t('session.ended.title')}
      text={t('session.ended.text')}
    >
      <SignIn email={email} onSignedIn={enter}>
        {(step) =>
          step === 'secondFactor' && (
            <p className="mb-4 text-base text-ink-soft">{t('session.factor.text')}</p>
          )
        }
      </SignIn>
      <p className="mt-4 text-sm text-ink-soft">
        <a href="/sign-in" className="rounded-sm text-accent-ink hover:underline">
          {t('session.ended.leave')}
        </a>
      </p>
    </Dialog>
  );
}
