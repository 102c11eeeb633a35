import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Mono } from '../ui/Code';
import { ErrorState } from '../ui/States';
import { safeNext } from './next';
import { setupQuery } from './queries';
import { SessionFrame } from './SessionFrame';
import { SignIn } from './SignIn';
import { isSignedIn, type Session, sessionQuery } from './session';

/** The way in. */
export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const client = useQueryClient();
  const navigate = useNavigate();
  const setup = useQuery(setupQuery);
  const { data: begun } = useQuery({ ...sessionQuery, refetchOnWindowFocus: false });

  async function enter(session: Session) {
    // What is left of somebody who was here before is none of this person's business.
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    await navigate({ href: safeNext(next), replace: true });
  }

  if (setup.isError && !setup.data)
    return (
      <SessionFrame title={t('session.signIn.title')}>
        <ErrorState className="px-0 py-4" error={setup.error} onRetry={() => void setup.refetch()} />
      </SessionFrame>
    );
  if (setup.data?.needed)
    return (
      <SessionFrame title={t('session.fresh.title')} text={t('session.fresh.text')}>
        <p className="text-base text-ink-soft">
          <T id="session.fresh.again" values={{ code: (parts) => <Mono>{parts}</Mono> }} />
        </p>
      </SessionFrame>
    );
  const awaits = begun !== undefined && begun !== null && !isSignedIn(begun);
  return (
    <SessionFrame
      title={t(awaits ? 'session.factor.title' : 'session.signIn.title')}
      below={t('session.forgotten')}
    >
      <SignIn
        key={awaits ? 'second' : 'first'}
        begun={awaits ? begun : undefined}
        onSignedIn={(session) => void enter(session)}
      >
        {(step) =>
          step === 'secondFactor' && (
            <p className="mb-4 text-base text-ink-soft">{t('session.factor.text')}</p>
          )
        }
      </SignIn>
    </SessionFrame>
  );
}
