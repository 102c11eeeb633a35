import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { FormSection } from '../resources/form';
import { useSession } from '../session/session';
import { useIsFirstStep } from '../shell/first-steps';
import { ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { ChangePassword } from './ChangePassword';
import { Devices } from './Devices';
import { Profile } from './Profile';
import { accountQuery } from './queries';
import { SecondFactors } from './SecondFactors';

/** What somebody sees and changes of themselves. */
export function AccountPage() {
  const account = useQuery(accountQuery);
  const { memberships } = useSession();
  const isNew = useIsFirstStep();
  const awaited = memberships
    .filter((one) => one.needs_second_factor)
    .map(({ team }) => team.title || team.name);
  return (
    <Page title={t('account.title')} width="form">
      <Loaded query={account} skeleton={<Skeleton />}>
        {(data) => (
          <>
            {awaited.length > 0 && !data.has_totp && data.passkeys.length === 0 && (
              <p className="mb-6 max-w-3xl rounded-md bg-warning-soft px-3 py-2.5 text-sm text-warning">
                {t('account.needed', { count: awaited.length, team: awaited[0] ?? '' })}
              </p>
            )}
            {isNew && (
              <div className="mb-6 flex max-w-3xl flex-wrap items-center gap-x-6 gap-y-3 rounded-md bg-accent-soft px-4 py-3">
                <p className="min-w-0 flex-1 basis-72 text-base">{t('account.new')}</p>
                <ButtonLink tone="primary" to="/">
                  {t('account.new.on')}
                </ButtonLink>
              </div>
            )}
            <div>
              <FormSection title={t('account.section.profile')}>
                <Profile account={data} />
              </FormSection>
              <FormSection title={t('account.section.password')} text={t('account.section.password.text')}>
                <ChangePassword account={data} />
              </FormSection>
              <FormSection title={t('account.section.second')} text={t('account.section.second.text')}>
                <SecondFactors account={data} />
              </FormSection>
              <FormSection title={t('account.section.devices')} text={t('account.section.devices.text')}>
                <Devices />
              </FormSection>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-10">
      {['profile', 'password', 'second', 'devices'].map((part) => (
        <div key={part} className="grid gap-x-10 gap-y-4 lg:grid-cols-[15rem_minmax(0,42rem)]">
          <Bone className="h-4 w-32" />
          <div>
            <Bone className="mb-3 h-8 w-80 max-w-full" />
            <Bone className="w-2/3" />
          </div>
        </div>
      ))}
    </div>
  );
}
