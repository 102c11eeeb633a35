import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { apisQuery } from '../apis/queries';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { useCan, useTeamName } from '../session/session';
import { teamQuery } from '../session/team';
import { ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Empty, ErrorState } from '../ui/States';
import { isAlive, nameOf } from './actions';
import { FormSkeleton } from './create/FormSkeleton';
import { EditForm } from './edit/EditForm';
import { tokenQuery } from './queries';

/** Changing all of a token but its secret. */
export function EditTokenPage() {
  const team = useTeamName();
  const { token: id } = useParams({ from: '/inside/teams/$team/tokens/$token/edit' });
  const can = useCan();
  const token = useQuery(tokenQuery(team, id));
  const apps = useQuery(appsQuery(team));
  const apis = useQuery(apisQuery(team));
  const settings = useQuery(teamQuery(team));
  const name = token.data ? nameOf(token.data) : id;
  const link = { to: '/teams/$team/tokens/$token', params: { team, token: id } } as const;
  const failed = [token, apps, settings].find((query) => query.isError && !query.data);
  const editable = token.data && isAlive(token.data) && can('keyward:tokens.write');

  return (
    <Page
      title={t('tokens.edit.title', { name })}
      text={t('tokens.edit.text')}
      above={{ label: name, link }}
      width="form"
    >
      {failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      ) : !token.data || !apps.data || !settings.data || apis.isPending ? (
        <FormSkeleton />
      ) : editable ? (
        <EditForm
          key={token.data.id}
          team={settings.data}
          token={token.data}
          app={apps.data.find((one) => one.id === token.data.app)}
          apis={apis.data ?? []}
        />
      ) : (
        <Empty
          title={t('tokens.edit.cannot.title')}
          text={t('tokens.edit.cannot.text')}
          action={<ButtonLink {...link}>{t('tokens.action.open')}</ButtonLink>}
        />
      )}
    </Page>
  );
}
