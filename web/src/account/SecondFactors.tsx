import { useQueryClient } from '@tanstack/react-query';
import { LifeBuoy, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { request, type Schemas } from '../api/client';
import { t } from '../messages/messages';
import { sessionQuery } from '../session/session';
import { useAttempt } from '../ui/attempt';
import { Status } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { AuthenticatorDialog } from './AuthenticatorDialog';
import { Passkeys } from './Passkeys';
import { type Account, accountQuery } from './queries';
import { RecoveryCodesDialog } from './RecoveryCodesDialog';
import { Way } from './Way';

/** The authenticator app, passkeys and recovery codes of an account. */
export function SecondFactors({ account }: { account: Account }) {
  const client = useQueryClient();
  const [fresh, setFresh] = useState<Schemas['NewTotpBody']>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [asking, setAsking] = useState<'remove' | 'renew'>();
  const { busy, problem, setProblem, run } = useAttempt();
  const has = account.has_totp || account.passkeys.length > 0;

  const changed = async () => {
    await client.invalidateQueries({ queryKey: accountQuery.queryKey });
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  const begin = () => run(async () => setFresh(await request('post', '/api/v1/account/totp')));
  const remove = () =>
    run(async () => {
      await request('delete', '/api/v1/account/totp');
      setAsking(undefined);
      toast({ title: t('account.totp.removed') });
      await changed();
    });
  const renew = () =>
    run(async () => {
      const made = await request<Schemas['RecoveryCodesBody']>('post', '/api/v1/account/recovery-codes');
      setAsking(undefined);
      setCodes(made.recovery_codes);
      await changed();
    });

  return (
    <div className="flex flex-col">
      <Way
        icon={<Smartphone className="size-4" aria-hidden />}
        title={t('account.totp')}
        state={
          <Status tone={account.has_totp ? 'allowed' : 'neutral'} hollow={!account.has_totp}>
            {t(account.has_totp ? 'account.on' : 'account.off')}
          </Status>
        }
        text={t('account.totp.text')}
        action={
          account.has_totp ? (
            <Button size="sm" onClick={() => setAsking('remove')}>
              {t('account.totp.remove')}
            </Button>
          ) : (
            <Button size="sm" busy={busy && !asking} onClick={() => void begin()}>
              {t('account.totp.add')}
            </Button>
          )
        }
      />
      <Passkeys account={account} onChanged={changed} />
      {(has || account.recovery_codes_left > 0) && (
        <Way
          icon={<LifeBuoy className="size-4" aria-hidden />}
          title={t('account.codes.title')}
          state={
            <Status tone={account.recovery_codes_left > 2 ? 'allowed' : 'warning'}>
              {t('account.codes.left', { count: account.recovery_codes_left })}
            </Status>
          }
          text={t('account.codes.text')}
          action={
            <Button
              size="sm"
              busy={busy && !asking}
              onClick={() => (account.recovery_codes_left > 0 ? setAsking('renew') : void renew())}
            >
              {t(account.recovery_codes_left > 0 ? 'account.codes.renew' : 'account.codes.make')}
            </Button>
          }
        />
      )}
      {!asking && <ProblemNote error={problem} className="mt-3" />}
      {fresh && (
        <AuthenticatorDialog
          fresh={fresh}
          onClose={() => setFresh(undefined)}
          onAdded={(made) => {
            setFresh(undefined);
            if (made.length > 0) setCodes(made);
            toast({ title: t('account.totp.added') });
            void changed();
          }}
        />
      )}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(undefined)} />}
      <Confirm
        open={asking !== undefined}
        title={t(asking === 'renew' ? 'account.codes.renew.title' : 'account.totp.remove.title')}
        text={t(
          asking === 'renew'
            ? 'account.codes.renew.text'
            : account.passkeys.length > 0
              ? 'account.totp.remove.text'
              : 'account.totp.remove.last',
        )}
        onCancel={() => {
          setAsking(undefined);
          setProblem(undefined);
        }}
        confirm={
          <Button tone="danger" busy={busy} onClick={() => void (asking === 'renew' ? renew() : remove())}>
            {t(asking === 'renew' ? 'account.codes.renew.confirm' : 'account.totp.remove')}
          </Button>
        }
      >
        {problem ? <ProblemNote error={problem} /> : undefined}
      </Confirm>
    </div>
  );
}
