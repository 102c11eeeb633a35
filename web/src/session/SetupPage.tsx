import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { ofFirstSteps } from '../shell/first-steps';
import { useAttempt } from '../ui/attempt';
import { Button, ButtonLink } from '../ui/Button';
import { Mono } from '../ui/Code';
import { Field, Input } from '../ui/Field';
import { Bone, ErrorState } from '../ui/States';
import { forgetLinkCode, useLinkCode } from './link-code';
import { NewPassword } from './NewPassword';
import { setupQuery } from './queries';
import { SessionFrame } from './SessionFrame';
import { SignInProblem } from './SignInProblem';
import { type SessionAnswer, sessionQuery } from './session';

const command = (parts: React.ReactNode) => <Mono>{parts}</Mono>;

/** The first user of an installation, by the link that Keyward prints when it starts. */
export function SetupPage() {
  const code = useLinkCode();
  const setup = useQuery(setupQuery);
  const [dead, setDead] = useState(false);
  if (setup.isError && !setup.data)
    return (
      <SessionFrame title={t('session.setup.title')}>
        <ErrorState className="px-0 py-4" error={setup.error} onRetry={() => void setup.refetch()} />
      </SessionFrame>
    );
  if (!setup.data)
    return (
      <SessionFrame title={t('session.setup.title')}>
        <Bone className="mb-3 h-8 w-full" />
        <Bone className="h-8 w-full" />
      </SessionFrame>
    );
  if (!setup.data.needed)
    return (
      <SessionFrame title={t('session.setup.done.title')} text={t('session.setup.done.text')}>
        <ButtonLink to="/sign-in" tone="primary" className="h-9 w-full">
          {t('session.signIn')}
        </ButtonLink>
      </SessionFrame>
    );
  if (!code || dead)
    return (
      <SessionFrame
        title={t(dead ? 'session.setup.dead.title' : 'session.setup.noCode.title')}
        text={
          <T id={dead ? 'session.setup.dead.text' : 'session.setup.noCode.text'} values={{ code: command }} />
        }
      />
    );
  return <SetupForm code={code} onDead={() => setDead(true)} />;
}

function SetupForm({ code, onDead }: { code: string; onDead: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useAttempt();
  const { byField, others } = fieldErrors(attempt.problem, ['name', 'email', 'password']);
  const isField = attempt.problem instanceof ProblemError && attempt.problem.code === 'field_invalid';

  async function submit(event: FormEvent) {
    event.preventDefault();
    await attempt.run(async () => {
      try {
        const session = await request<SessionAnswer>('post', '/api/v1/setup', {
          body: { code, name: name.trim(), email: email.trim(), password },
        });
        forgetLinkCode();
        client.clear();
        client.setQueryData(sessionQuery.queryKey, session);
        await navigate({ to: '/account', state: ofFirstSteps, replace: true });
      } catch (error) {
        if (error instanceof ProblemError && error.code === 'link_invalid') onDead();
        throw error;
      }
    });
  }

  return (
    <SessionFrame title={t('session.setup.title')} text={t('session.setup.text')}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
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
        <Field label={t('session.email')} hint={t('session.email.hint')} errors={byField.email}>
          <Input
            type="email"
            name="email"
            autoComplete="username"
            autoCapitalize="none"
            className="h-9"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <NewPassword value={password} onChange={setPassword} errors={byField.password} />
        {(!isField || others.length > 0) && <SignInProblem error={attempt.problem} />}
        <Button type="submit" tone="primary" className="h-9 w-full" busy={attempt.busy}>
          {t('session.setup.make')}
        </Button>
      </form>
    </SessionFrame>
  );
}
