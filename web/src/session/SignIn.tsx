import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { request } from '../api/client';
import { t } from '../messages/messages';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Field, Input } from '../ui/Field';
import { PasswordInput } from '../ui/PasswordInput';
import { canUsePasskeys, provePasskey } from './passkey';
import { usePasskeyOffer } from './passkey-offer';
import { setupQuery } from './queries';
import { SecondFactor } from './SecondFactor';
import { SignInProblem } from './SignInProblem';
import { isSignedIn, type Session, type SessionAnswer } from './session';

interface SignInProps {
  /** Whose account it has to be, where that is known. */
  email?: string;
  /** Where a password was right already. */
  begun?: SessionAnswer;
  onSignedIn: (session: Session) => void;
  /** Says above the form which of its two steps it is. */
  children?: (step: 'password' | 'secondFactor') => ReactNode;
}

/** Signing in: by passkey, or by password and, where there is one, a second factor. */
export function SignIn({ email, begun, onSignedIn, children }: SignInProps) {
  const [answer, setAnswer] = useState(begun);
  const take = (next: SessionAnswer) => (isSignedIn(next) ? onSignedIn(next) : setAnswer(next));
  const awaits = answer !== undefined && !isSignedIn(answer);
  return (
    <>
      {children?.(awaits ? 'secondFactor' : 'password')}
      {awaits ? (
        <SecondFactor methods={answer.methods} onProved={take} onStartOver={() => setAnswer(undefined)} />
      ) : (
        <PasswordForm email={email} onAnswer={take} />
      )}
    </>
  );
}

function PasswordForm({
  email: known,
  onAnswer,
}: {
  email?: string;
  onAnswer: (answer: SessionAnswer) => void;
}) {
  const setup = useQuery(setupQuery);
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [asked, setAsked] = useState(false);
  const [answered, setAnswered] = useState(false);
  const byPassword = useAttempt();
  const byPasskey = useAttempt();
  const passkeys = canUsePasskeys() && setup.data?.passkeys_possible !== false;

  function take(answer: SessionAnswer) {
    setAnswered(true);
    onAnswer(answer);
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setAsked(true);
    byPasskey.setProblem(undefined);
    if (email.trim() === '' || password === '') return;
    await byPassword.run(async () => {
      take(await request('post', '/api/v1/session', { body: { email: email.trim(), password } }));
    });
  }

  async function signInByPasskey(prove = provePasskey) {
    byPassword.setProblem(undefined);
    setAsked(false);
    await byPasskey.run(async () => take(await prove()));
  }

  // Each other way ends the offer; when that way fails, it is made anew.
  const idle = !byPassword.busy && !byPasskey.busy && !answered;
  usePasskeyOffer(passkeys && known === undefined && idle, (prove) => void signInByPasskey(prove));

  return (
    <div className="flex flex-col gap-4">
      {passkeys && (
        <>
          <Button
            className="h-9 w-full"
            busy={byPasskey.busy}
            icon={<KeyRound className="size-4" aria-hidden />}
            onClick={() => void signInByPasskey()}
          >
            {t('session.passkey.use')}
          </Button>
          <SignInProblem error={byPasskey.problem} />
          <p aria-hidden className="flex items-center gap-3 text-xs text-ink-faint">
            <span className="h-px flex-1 bg-line" />
            {t('session.or')}
            <span className="h-px flex-1 bg-line" />
          </p>
        </>
      )}
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {known === undefined ? (
          <Field
            label={t('session.email')}
            errors={asked && email.trim() === '' ? [t('session.email.missing')] : []}
          >
            <Input
              type="email"
              name="email"
              autoComplete="username webauthn"
              autoCapitalize="none"
              autoFocus
              className="h-9"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
        ) : (
          <div>
            <p className="text-sm font-medium">{t('session.email')}</p>
            <p className="mt-0.5 text-base break-all">{known}</p>
            {/* For password managers. */}
            <input type="email" name="email" autoComplete="username" value={known} readOnly hidden />
          </div>
        )}
        <Field
          label={t('session.password')}
          errors={asked && password === '' ? [t('session.password.missing')] : []}
        >
          <PasswordInput
            className="h-9"
            name="password"
            autoComplete="current-password"
            autoFocus={known !== undefined}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <SignInProblem error={byPassword.problem} />
        <Button type="submit" tone="primary" className="h-9 w-full" busy={byPassword.busy}>
          {t('session.signIn')}
        </Button>
      </form>
    </div>
  );
}
