import { type FormEvent, lazy, Suspense, useState } from 'react';
import { request, type Schemas } from '../api/client';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { Dialog } from '../ui/Dialog';
import { Field, Input } from '../ui/Field';
import { ProblemNote } from '../ui/States';

const QrCode = lazy(() => import('./QrCode').then((module) => ({ default: module.QrCode })));

interface AuthenticatorDialogProps {
  /** Lives in the state of the page that asked for it, and nowhere else. */
  fresh: Schemas['NewTotpBody'];
  onAdded: (codes: string[]) => void;
  onClose: () => void;
}

/** Ends adding an authenticator app: scan or type its secret, then show that it gives the right codes. */
export function AuthenticatorDialog({ fresh, onAdded, onClose }: AuthenticatorDialogProps) {
  const [code, setCode] = useState('');
  const { busy, problem, setProblem, run } = useAttempt();
  const { byField } = fieldErrors(problem, ['code']);
  const grouped = fresh.secret.replace(/(.{4})(?=.)/g, '$1 ');

  async function confirm(value: string) {
    const done = await run(async () => {
      const { recovery_codes } = await request<Schemas['RecoveryCodesBody']>(
        'post',
        '/api/v1/account/totp/confirm',
        { body: { code: value.replace(/\s/g, '') } },
      );
      onAdded(recovery_codes);
    });
    if (!done) setCode('');
  }

  function type(value: string) {
    setCode(value);
    if (value !== '') setProblem(undefined);
    if (/^\d{6}$/.test(value.replace(/\s/g, ''))) void confirm(value);
  }

  return (
    <Dialog
      open
      mustAnswer
      width="md"
      onClose={onClose}
      title={t('account.totp.new.title')}
      text={t('account.totp.new.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" form="confirm-totp" busy={busy}>
            {t('account.totp.confirm')}
          </Button>
        </>
      }
    >
      <div className="grid gap-x-6 gap-y-5 sm:grid-cols-[11rem_minmax(0,1fr)]">
        <div className="size-44 overflow-hidden rounded-md border max-sm:mx-auto">
          <Suspense fallback={<span className="skeleton block size-full" />}>
            <QrCode text={fresh.uri} label={t('account.totp.qr')} />
          </Suspense>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <div>
            <p className="text-sm text-ink-soft">{t('account.totp.type')}</p>
            <p className="mt-1 flex items-start gap-1">
              <code dir="ltr" className="py-1 font-mono text-sm break-words select-all">
                {grouped}
              </code>
              <CopyButton text={fresh.secret} what={t('account.totp.secret')} />
            </p>
          </div>
          <form
            id="confirm-totp"
            noValidate
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              void confirm(code);
            }}
          >
            <Field label={t('account.totp.code')} hint={t('account.totp.code.hint')} errors={byField.code}>
              <Input
                mono
                autoFocus
                inputMode="numeric"
                autoComplete="one-time-code"
                maxLength={7}
                className="h-9 max-w-44 text-lg tracking-[0.3em]"
                value={code}
                onChange={(event) => type(event.target.value)}
              />
            </Field>
          </form>
          {!byField.code && <ProblemNote error={problem} />}
        </div>
      </div>
    </Dialog>
  );
}
