import { type FormEvent, type ReactNode, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useAttempt } from '../ui/attempt';
import { Button, ButtonLink } from '../ui/Button';
import { Mono } from '../ui/Code';
import { forgetLinkCode, useLinkCode } from './link-code';
import { NewPassword } from './NewPassword';
import { SessionFrame } from './SessionFrame';
import { SignInProblem } from './SignInProblem';

const command = (parts: ReactNode) => <Mono>{parts}</Mono>;

/** Another password, by a link that whoever runs the installation has made. */
export function ResetPage() {
  const code = useLinkCode();
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const attempt = useAttempt();
  const { problem } = attempt;
  const { byField, others } = fieldErrors(problem, ['password']);
  const isField = problem instanceof ProblemError && problem.code === 'field_invalid';

  if (done)
    return (
      <SessionFrame title={t('session.reset.done.title')} text={t('session.reset.done.text')}>
        <ButtonLink to="/sign-in" tone="primary" className="h-9 w-full">
          {t('session.signIn')}
        </ButtonLink>
      </SessionFrame>
    );
  if (problem instanceof ProblemError && problem.code === 'link_invalid')
    return (
      <SessionFrame
        title={t('session.reset.dead.title')}
        text={<T id="session.reset.dead.text" values={{ code: command }} />}
      />
    );
  if (!code)
    return <SessionFrame title={t('session.reset.noCode.title')} text={t('session.reset.noCode.text')} />;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const set = await attempt.run(() =>
      request('post', '/api/v1/session/reset', { body: { code, password } }),
    );
    if (!set) return;
    setDone(true);
    forgetLinkCode();
  }

  return (
    <SessionFrame title={t('session.reset.title')} text={t('session.reset.text')}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <NewPassword
          label={t('session.reset.password')}
          value={password}
          onChange={setPassword}
          errors={byField.password}
        />
        {(!isField || others.length > 0) && <SignInProblem error={problem} />}
        <Button type="submit" tone="primary" className="h-9 w-full" busy={attempt.busy}>
          {t('session.reset.set')}
        </Button>
      </form>
    </SessionFrame>
  );
}
