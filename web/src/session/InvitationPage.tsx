import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { request, type Schemas } from '../api/client';
import { fieldErrors, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useAttempt } from '../ui/attempt';
import { Button, ButtonLink } from '../ui/Button';
import { Field, Input } from '../ui/Field';
import { Bone, ErrorState, ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { forgetLinkCode, useLinkCode } from './link-code';
import { NewPassword } from './NewPassword';
import { roleName } from './roles';
import { SessionFrame } from './SessionFrame';
import { SignIn } from './SignIn';
import { SignInProblem } from './SignInProblem';
import { isSignedIn, type Session, type SessionAnswer, sessionQuery } from './session';

type Offer = Schemas['OfferBody'];

/** Into a team, by a link that works once. */
export function InvitationPage() {
  const code = useLinkCode();
  const [offer, setOffer] = useState<Offer>();
  const { problem, setProblem, run } = useAttempt();

  // The code is a secret and has no place in the cache of queries.
  useEffect(() => {
    setOffer(undefined);
    setProblem(undefined);
    if (code === undefined) return;
    void run(async () => setOffer(await request('post', '/api/v1/invitations/look', { body: { code } })));
  }, [code, run, setProblem]);

  if (!code)
    return (
      <SessionFrame title={t('session.invitation.noCode.title')} text={t('session.invitation.noCode.text')} />
    );
  if (problem instanceof ProblemError && problem.code === 'link_invalid') return <DeadInvitation />;
  if (problem)
    return (
      <SessionFrame title={t('session.invitation.title')}>
        <ErrorState className="px-0 py-4" error={problem} onRetry={() => location.reload()} />
      </SessionFrame>
    );
  if (!offer)
    return (
      <SessionFrame title={t('session.invitation.title')}>
        <Bone className="mb-3 w-full" />
        <Bone className="h-8 w-full" />
      </SessionFrame>
    );
  return <OfferView code={code} offer={offer} />;
}

function DeadInvitation() {
  return (
    <SessionFrame title={t('session.invitation.dead.title')} text={t('session.invitation.dead.text')}>
      <ButtonLink to="/sign-in" className="h-9 w-full">
        {t('session.invitation.dead.signIn')}
      </ButtonLink>
    </SessionFrame>
  );
}

function OfferView({ code, offer }: { code: string; offer: Offer }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery({ ...sessionQuery, refetchOnWindowFocus: false });
  const [dead, setDead] = useState(false);
  const [here, setHere] = useState(false);
  const team = offer.team.title || offer.team.name;

  /** As somebody new with a name and a password, or as whoever is signed in. */
  async function accept(fresh?: { name: string; password: string }) {
    try {
      const answer = await request<SessionAnswer>('post', '/api/v1/invitations/accept', {
        body: { code, ...fresh },
      });
      forgetLinkCode();
      client.clear();
      client.setQueryData(sessionQuery.queryKey, answer);
      await navigate({ to: '/teams/$team', params: { team: offer.team.name }, replace: true });
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'link_invalid') setDead(true);
      throw error;
    }
  }

  if (dead) return <DeadInvitation />;
  const b = (parts: React.ReactNode) => <strong className="font-medium text-ink">{parts}</strong>;
  return (
    <SessionFrame
      title={t('session.invitation.join', { team })}
      text={<T id="session.invitation.as" values={{ b, email: offer.email, role: roleName(offer.role) }} />}
      below={<T id="session.invitation.until" values={{ when: <Time key="when" at={offer.expires_at} /> }} />}
    >
      {!offer.account_exists ? (
        <NewAccount email={offer.email} onAccept={accept} />
      ) : isSignedIn(session) ? (
        <AsSignedIn session={session} email={offer.email} atOnce={here} onAccept={() => accept()} />
      ) : (
        <SignIn
          email={offer.email}
          begun={session ?? undefined}
          onSignedIn={(signedIn) => {
            setHere(true);
            client.setQueryData(sessionQuery.queryKey, signedIn);
          }}
        >
          {(step) => (
            <p className="mb-4 text-base text-ink-soft">
              {t(step === 'password' ? 'session.invitation.signIn' : 'session.factor.text')}
            </p>
          )}
        </SignIn>
      )}
    </SessionFrame>
  );
}

function NewAccount({
  email,
  onAccept,
}: {
  email: string;
  onAccept: (fresh: { name: string; password: string }) => Promise<void>;
}) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useAttempt();
  const { byField, others } = fieldErrors(attempt.problem, ['name', 'password']);
  const isField = attempt.problem instanceof ProblemError && attempt.problem.code === 'field_invalid';
  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void attempt.run(() => onAccept({ name: name.trim(), password }));
      }}
      className="flex flex-col gap-4"
    >
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <Field label={t('session.name')} hint={t('session.name.hint')} errors={byField.name}>
        <Input
          name="name"
          autoComplete="name"
          autoFocus
          className="h-9"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <NewPassword value={password} onChange={setPassword} errors={byField.password} />
      {(!isField || others.length > 0) && <SignInProblem error={attempt.problem} />}
      <Button type="submit" tone="primary" className="h-9 w-full" busy={attempt.busy}>
        {t('session.invitation.make')}
      </Button>
    </form>
  );
}

function AsSignedIn({
  session,
  email,
  atOnce,
  onAccept,
}: {
  session: Session;
  email: string;
  /** They signed in to accept, and need not say so again. */
  atOnce: boolean;
  onAccept: () => Promise<void>;
}) {
  const client = useQueryClient();
  const attempt = useAttempt();
  const other = session.user.email.toLowerCase() !== email.toLowerCase();
  const first = useRef(() => {});
  first.current = () => {
    if (atOnce && !other) void attempt.run(onAccept);
  };
  useEffect(() => first.current(), []);
  if (!other)
    return (
      <div className="flex flex-col gap-4">
        <ProblemNote error={attempt.problem} />
        <Button
          tone="primary"
          className="h-9 w-full"
          busy={attempt.busy}
          onClick={() => void attempt.run(onAccept)}
        >
          {t('session.invitation.accept')}
        </Button>
      </div>
    );
  return (
    <div className="flex flex-col gap-4">
      <p className="text-base text-ink-soft">
        {t('session.invitation.other', { mine: session.user.email, email })}
      </p>
      <ProblemNote error={attempt.problem} />
      <Button
        className="h-9 w-full"
        busy={attempt.busy}
        onClick={() =>
          void attempt.run(async () => {
            await request('delete', '/api/v1/session');
            client.setQueryData(sessionQuery.queryKey, null);
          })
        }
      >
        {t('session.invitation.signOut')}
      </Button>
    </div>
  );
}
