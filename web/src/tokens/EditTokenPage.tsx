import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { apisQuery } from '../apis/queries';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { useTeamName, useTokenRights } from '../session/session';
import { teamQuery } from '../session/team';
import { ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Empty, ErrorState, Pending } from '../ui/States';
import { isAlive, nameOf } from './actions';
import { FormSkeleton } from './create/FormSkeleton';
import { EditForm } from './edit/EditForm';
import { NotYours } from './NotYours';
import { tokenQuery } from './queries';

/** Changing all of a token but its secret. */
export function EditTokenPage() {
  const team = useTeamName();
  const { token: id } = useParams({ from: '/inside/teams/$team/tokens/$token/edit' });
  const rights = useTokenRights();
  const token = useQuery(tokenQuery(team, id));
  const apps = useQuery(appsQuery(team));
  const apis = useQuery(apisQuery(team));
  const settings = useQuery(teamQuery(team));
  const name = token.data ? nameOf(token.data) : id;
  const link = { to: '/teams/$team/tokens/$token', params: { team, token: id } } as const;
  const failed = [token, apps, settings].find((query) => query.isError && !query.data);
  const editable = token.data && isAlive(token.data);

  if (failed) return <ErrorState heading="h1" error={failed.error} onRetry={() => void failed.refetch()} />;
  if (token.data && !rights.of(token.data.app)) return <NotYours team={team} token={token.data} />;
  return (
    <Page
      title={t('tokens.edit.title', { name })}
      text={t('tokens.edit.text')}
      above={{ label: name, link }}
      width="form"
    >
      {!token.data || !apps.data || !settings.data || apis.isPending ? (
        <Pending>
          <FormSkeleton />
        </Pending>
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
