import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { sessionQuery } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { useDraft, useUnloadGuard } from '../ui/draft';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { type Account, accountQuery } from './queries';

/** The name of an account, and the address that it is known by. */
export function Profile({ account: { user } }: { account: Account }) {
  const client = useQueryClient();
  const [name, setName, discard] = useDraft('account/name', () => user.name);
  const { busy, problem, run } = useAttempt();
  const { byField } = fieldErrors(problem, ['name']);
  const changed = name !== user.name;
  useUnloadGuard(changed);

  async function save(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      await request('patch', '/api/v1/account', { body: { name } });
      await client.invalidateQueries({ queryKey: accountQuery.queryKey });
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      discard();
      toast({ title: t('account.name.saved') });
    });
  }

  return (
    <form noValidate onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field label={t('account.name')} hint={t('account.name.hint')} errors={byField.name}>
        <Input
          className="max-w-80"
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <div>
        <p className="text-sm font-medium">{t('account.email')}</p>
        <p className="mt-1 text-base break-all">{user.email}</p>
        <p className="text-sm text-ink-faint">{t('account.email.hint')}</p>
      </div>
      {!byField.name && <ProblemNote error={problem} />}
      {changed && (
        <div className="flex gap-2">
          <Button type="submit" tone="primary" busy={busy}>
            {t('account.name.save')}
          </Button>
          <Button onClick={discard}>{t('ui.cancel')}</Button>
        </div>
      )}
    </form>
  );
}
