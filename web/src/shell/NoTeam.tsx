import { t } from '../messages/messages';
import { useSession } from '../session/session';
import { ButtonLink } from '../ui/Button';
import { Empty } from '../ui/States';
import { ofFirstSteps } from './first-steps';

/** The start page of somebody who is in no team. */
export function NoTeam() {
  const { user } = useSession();
  if (!user.operator)
    return <Empty heading="h1" title={t('shell.noTeam.title')} text={t('shell.noTeam.text')} />;
  return (
    <Empty
      heading="h1"
      title={t('places.noTeam.title')}
      text={t('places.noTeam.text')}
      action={
        <ButtonLink to="/installation/teams" state={ofFirstSteps} tone="primary">
          {t('places.noTeam.make')}
        </ButtonLink>
      }
    />
  );
}
