import { t } from '../messages/messages';
import { ButtonLink } from '../ui/Button';
import { Empty } from '../ui/States';
import { roleName } from './roles';
import type { Membership } from './session';

/** In place of a page, opened by its address, that the role of the person does not reach. */
export function Forbidden({ membership }: { membership: Membership }) {
  const team = membership.team.title || membership.team.name;
  return (
    <Empty
      heading="h1"
      title={t('places.forbidden.title')}
      text={t('places.forbidden.text', { role: roleName(membership.role), team })}
      action={<ButtonLink to="/">{t('ui.notFound.home')}</ButtonLink>}
    />
  );
}
