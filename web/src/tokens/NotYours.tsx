import { t } from '../messages/messages';
import { ButtonLink } from '../ui/Button';
import { Empty } from '../ui/States';
import { nameOf } from './actions';
import type { Token } from './queries';

/** In place of a form that changes a token, for somebody who manages tokens of other apps. */
export function NotYours({ team, token }: { team: string; token: Token }) {
  return (
    <Empty
      heading="h1"
      title={t('tokens.notYours.title')}
      text={t('tokens.notYours.text', { name: nameOf(token) })}
      action={
        <ButtonLink to="/teams/$team/tokens/$token" params={{ team, token: token.id }}>
          {t('tokens.action.open')}
        </ButtonLink>
      }
    />
  );
}
