import { Fingerprint, KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { request, type Schemas, urlOf } from '../api/client';
import { fieldErrors, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { canUsePasskeys, makePasskey } from '../session/passkey';
import { SignInProblem } from '../session/SignInProblem';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { Confirm, Dialog } from '../ui/Dialog';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { toast } from '../ui/toast';
import { agentParts } from './agent';
import type { Account, Passkey } from './queries';
import { Way } from './Way';

interface PasskeysProps {
  account: Account;
  onChanged: () => Promise<void>;
}

export function Passkeys({ account, onChanged }: PasskeysProps) {
  const [adding, setAdding] = useState<Schemas['ChallengeBody']>();
  const [removing, setRemoving] = useState<Passkey>();
  const { busy, problem, setProblem, run } = useAttempt();
  const possible = account.passkeys_possible && canUsePasskeys();

  // Asked for before the dialog opens, so that a step-up comes before it and the browser's own dialog follows a click.
  const begin = () => run(async () => setAdding(await request('post', '/api/v1/account/passkeys/challenge')));
  const remove = (passkey: Passkey) =>
    run(async () => {
      await request('delete', urlOf('/api/v1/account/passkeys/{id}', { id: passkey.id }));
      setRemoving(undefined);
      toast({ title: t('account.passkeys.removed', { name: passkey.name }) });
      await onChanged();
    });

  return (
    <Way
      icon={<Fingerprint className="size-4" aria-hidden />}
      title={t('account.passkeys')}
      text={t('account.passkeys.text')}
      action={
        possible && (
          <Button size="sm" busy={busy && !removing} onClick={() => void begin()}>
            {t('account.passkeys.add')}
          </Button>
        )
      }
    >
      {account.passkeys.length > 0 && (
        <ul className="rounded-md border">
          {account.passkeys.map((passkey) => (
            <li
              key={passkey.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-2 first:border-t-0"
            >
              <KeyRound className="size-4 text-ink-faint" aria-hidden />
              <div className="min-w-0 flex-1 basis-40">
                <p className="text-sm font-medium break-words">{passkey.name}</p>
                <p className="text-xs text-ink-faint">
                  <T
                    id={passkey.used_at ? 'account.passkeys.used' : 'account.passkeys.unused'}
                    values={{
                      added: <Time at={passkey.created_at} />,
                      used: passkey.used_at && <Time at={passkey.used_at} />,
                    }}
                  />
                </p>
              </div>
              <Button
                size="sm"
                tone="quiet"
                aria-label={t('ui.remove.what', { what: passkey.name })}
                onClick={() => setRemoving(passkey)}
              >
                {t('ui.remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {!possible && (
        <p className="text-sm text-ink-faint">
          {t(account.passkeys_possible ? 'account.passkeys.browser' : 'account.passkeys.impossible')}
        </p>
      )}
      {!removing && <ProblemNote error={problem} className="mt-3" />}
      {adding && (
        <AddDialog
          challenge={adding}
          onClose={() => setAdding(undefined)}
          onAdded={async (name) => {
            setAdding(undefined);
            toast({ title: t('account.passkeys.added', { name }) });
            await onChanged();
          }}
        />
      )}
      <Confirm
        open={removing !== undefined}
        title={t('account.passkeys.remove.title', { name: removing?.name ?? '' })}
        text={t('account.passkeys.remove.text')}
        onCancel={() => {
          setRemoving(undefined);
          setProblem(undefined);
        }}
        confirm={
          <Button tone="danger" busy={busy} onClick={() => removing && void remove(removing)}>
            {t('account.passkeys.remove')}
          </Button>
        }
      >
        {problem ? <ProblemNote error={problem} /> : undefined}
      </Confirm>
    </Way>
  );
}

interface AddDialogProps {
  challenge: Schemas['ChallengeBody'];
  onAdded: (name: string) => Promise<void>;
  onClose: () => void;
}

function AddDialog({ challenge: first, onAdded, onClose }: AddDialogProps) {
  const { browser, system } = agentParts(navigator.userAgent);
  const [name, setName] = useState([browser, system].filter(Boolean).join(', '));
  // A challenge is good for one answer.
  const [challenge, setChallenge] = useState<Schemas['ChallengeBody'] | undefined>(first);
  const { busy, problem, run } = useAttempt();
  const { byField } = fieldErrors(problem, ['name']);

  const add = () =>
    run(async () => {
      const { challenge_id, public_key } =
        challenge ?? (await request<Schemas['ChallengeBody']>('post', '/api/v1/account/passkeys/challenge'));
      setChallenge(undefined);
      const credential = await makePasskey(public_key as Record<string, unknown>);
      await request('post', '/api/v1/account/passkeys', {
        body: { challenge_id, name: name.trim(), credential },
      });
      await onAdded(name.trim());
    });

  return (
    <Dialog
      open
      mustAnswer
      onClose={onClose}
      title={t('account.passkeys.new.title')}
      text={t('account.passkeys.new.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" form="add-passkey" busy={busy} disabled={name.trim() === ''}>
            {t('account.passkeys.make')}
          </Button>
        </>
      }
    >
      <form
        id="add-passkey"
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void add();
        }}
        className="flex flex-col gap-4"
      >
        <Field
          label={t('account.passkeys.name')}
          hint={t('account.passkeys.name.hint')}
          errors={byField.name}
        >
          <Input autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {!(problem instanceof ProblemError && byField.name) && <SignInProblem error={problem} />}
      </form>
    </Dialog>
  );
}
