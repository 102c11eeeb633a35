import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { NewPassword } from '../session/NewPassword';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { PasswordInput } from '../ui/PasswordInput';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { type Account, accountQuery } from './queries';

/** Changes the password, or sets one where there is none. */
export function ChangePassword({ account }: { account: Account }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const { busy, problem, setProblem, run } = useAttempt();
  const { byField } = fieldErrors(problem, ['current', 'new']);

  function close() {
    setOpen(false);
    setCurrent('');
    setFresh('');
    setProblem(undefined);
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      const body = account.has_password ? { current, new: fresh } : { new: fresh };
      await request('put', '/api/v1/account/password', { body });
      close();
      toast({ title: t('account.password.saved'), text: t('account.password.saved.text') });
      await client.invalidateQueries({ queryKey: accountQuery.queryKey });
    });
  }

  if (!open)
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="flex-1 text-sm text-ink-soft">
          {t(account.has_password ? 'account.password.there' : 'account.password.none')}
        </p>
        <Button size="sm" onClick={() => setOpen(true)}>
          {t(account.has_password ? 'account.password.change' : 'account.password.set')}
        </Button>
      </div>
    );
  return (
    <form noValidate onSubmit={(event) => void save(event)} className="flex max-w-80 flex-col gap-4">
      <input type="email" name="email" autoComplete="username" value={account.user.email} readOnly hidden />
      {account.has_password && (
        <Field label={t('account.password.current')} errors={byField.current}>
          <PasswordInput
            autoFocus
            className="h-9"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
      )}
      <NewPassword label={t('account.password.new')} value={fresh} onChange={setFresh} errors={byField.new} />
      {!byField.current && !byField.new && <ProblemNote error={problem} />}
      <div className="flex gap-2">
        <Button
          type="submit"
          tone="primary"
          busy={busy}
          disabled={fresh === '' || (account.has_password && current === '')}
        >
          {t(account.has_password ? 'account.password.change' : 'account.password.set')}
        </Button>
        <Button onClick={close}>{t('ui.cancel')}</Button>
      </div>
    </form>
  );
}
