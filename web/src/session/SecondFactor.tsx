import { KeyRound } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { request, type Schemas } from '../api/client';
import { ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Field, Input } from '../ui/Field';
import { PasswordInput } from '../ui/PasswordInput';
import { canUsePasskeys, provePasskey } from './passkey';
import { SignInProblem } from './SignInProblem';
import type { Factor, SessionAnswer } from './session';

interface SecondFactorProps {
  /** With what it can be proved. */
  methods: readonly Factor[];
  onProved: (session: SessionAnswer) => void;
  /** Back to the beginning, where there is one. */
  onStartOver?: () => void;
}

type Typed = 'totp' | 'recovery_code' | 'password';

/** Proves a second factor, by any of those that somebody has; the password of somebody who has none. */
export function SecondFactor({ methods, onProved, onStartOver }: SecondFactorProps) {
  const typed = (['totp', 'password', 'recovery_code'] as const).filter((one) => methods.includes(one));
  const passkey = methods.includes('passkey') && canUsePasskeys();
  // A recovery code is the last resort: it is not asked for while there is anything else.
  const [chosen, setChosen] = useState<Typed | undefined>(
    passkey && typed[0] === 'recovery_code' ? undefined : typed[0],
  );
  const byPasskey = useAttempt();
  const others = typed.filter((one) => one !== chosen);
  return (
    <div className="flex flex-col gap-4">
      {passkey && (
        <>
          <Button
            autoFocus={!chosen}
            tone={chosen ? 'plain' : 'primary'}
            className="h-9 w-full"
            busy={byPasskey.busy}
            icon={<KeyRound className="size-4" aria-hidden />}
            onClick={() => void byPasskey.run(async () => onProved(await provePasskey()))}
          >
            {t('session.passkey.prove')}
          </Button>
          <SignInProblem error={byPasskey.problem} />
        </>
      )}
      {methods.includes('passkey') && !passkey && (
        <p className="text-sm text-ink-soft">{t('session.passkey.notHere')}</p>
      )}
      {chosen && <TypedProof key={chosen} kind={chosen} onProved={onProved} />}
      {(others.length > 0 || onStartOver) && (
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {others.map((kind) => (
            <TextButton key={kind} onClick={() => setChosen(kind)}>
              {t(`session.factor.${kind}.instead`)}
            </TextButton>
          ))}
          {onStartOver && <TextButton onClick={onStartOver}>{t('session.startOver')}</TextButton>}
        </div>
      )}
    </div>
  );
}

function TextButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="rounded-sm text-accent-ink hover:underline">
      {children}
    </button>
  );
}

const fieldOf = { totp: 'code', recovery_code: 'recovery_code', password: 'password' } as const;

function TypedProof({ kind, onProved }: { kind: Typed; onProved: (session: SessionAnswer) => void }) {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState(false);
  const attempt = useAttempt();
  const refused = attempt.problem instanceof ProblemError ? attempt.problem.code : undefined;
  const wrong =
    refused === 'second_factor_failed'
      ? t(`session.factor.${kind}.wrong`)
      : refused === 'sign_in_failed'
        ? t('session.factor.password.wrong')
        : asked && text.trim() === ''
          ? t(`session.factor.${kind}.missing`)
          : undefined;

  async function send(value: string) {
    setAsked(true);
    if (value.trim() === '') return;
    const proved = await attempt.run(async () => {
      const body = { [fieldOf[kind]]: kind === 'password' ? value : value.replace(/\s/g, '') };
      onProved(await request<Schemas['SessionBody']>('post', '/api/v1/session/second-factor', { body }));
    });
    if (!proved && kind === 'totp') setText('');
  }

  function type(value: string) {
    setText(value);
    if (value !== '') attempt.setProblem(undefined);
    const digits = value.replace(/\s/g, '');
    if (kind === 'totp' && /^\d{6}$/.test(digits)) void send(digits);
  }

  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void send(text);
      }}
      className="flex flex-col gap-4"
    >
      <Field
        label={t(`session.factor.${kind}`)}
        hint={kind === 'password' ? undefined : t(`session.factor.${kind}.hint`)}
        errors={wrong ? [wrong] : []}
      >
        {kind === 'password' ? (
          <PasswordInput
            className="h-9"
            autoComplete="current-password"
            autoFocus
            value={text}
            onChange={(event) => type(event.target.value)}
          />
        ) : (
          <Input
            mono
            autoFocus
            inputMode={kind === 'totp' ? 'numeric' : 'text'}
            autoComplete={kind === 'totp' ? 'one-time-code' : 'off'}
            autoCapitalize="none"
            maxLength={kind === 'totp' ? 7 : 64}
            className={kind === 'totp' ? 'h-9 text-lg tracking-[0.3em]' : 'h-9'}
            value={text}
            onChange={(event) => type(event.target.value)}
          />
        )}
      </Field>
      {!wrong && <SignInProblem error={attempt.problem} />}
      <Button type="submit" tone="primary" className="h-9 w-full" busy={attempt.busy}>
        {t(`session.factor.${kind}.prove`)}
      </Button>
    </form>
  );
}
