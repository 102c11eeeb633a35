import { t } from '../messages/messages';
import { ButtonLink } from '../ui/Button';
import { Empty } from '../ui/States';

/** In place of a team that somebody was in when they opened the page, and is not any more. */
export function NotInTeam({ team }: { team: string }) {
  return (
    <Empty
      heading="h1"
      title={t('places.gone.title', { team })}
      text={t('places.gone.text')}
      action={<ButtonLink to="/">{t('ui.notFound.home')}</ButtonLink>}
    />
  );
}
