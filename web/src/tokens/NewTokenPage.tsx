import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { apisQuery } from '../apis/queries';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { useCan, useTeamName, useTokenRights } from '../session/session';
import { teamQuery } from '../session/team';
import { ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Empty, ErrorState, Pending } from '../ui/States';
import { CreateForm } from './create/CreateForm';
import { FormSkeleton } from './create/FormSkeleton';
import { Reveal } from './Reveal';

/** Making a token: first what it may do, then, once, its secret. */
export function NewTokenPage() {
  const team = useTeamName();
  const can = useCan();
  const rights = useTokenRights();
  const apps = useQuery(appsQuery(team));
  const apis = useQuery(apisQuery(team));
  const settings = useQuery(teamQuery(team));
  const [issued, setIssued] = useState<Schemas['IssuedBody']>();
  const above = {
    label: t('tokens.title'),
    link: { to: '/teams/$team/tokens' as const, params: { team } },
  };

  if (issued?.secret) return <Reveal team={team} token={issued.token} secret={issued.secret} />;
  const failed = [apps, settings].find((query) => query.isError && !query.data);
  return (
    <Page title={t('tokens.new.title')} text={t('tokens.new.text')} above={above} width="form">
      {failed && <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />}
      {apps.data?.length === 0 && (
        <Empty
          title={t('tokens.new.noApps.title')}
          text={t('tokens.new.noApps.text')}
          action={
            can('keyward:apps.write') && (
              <ButtonLink tone="primary" to="/teams/$team/apps/-/new" params={{ team }}>
                {t('tokens.new.noApps.create')}
              </ButtonLink>
            )
          }
        />
      )}
      {!failed && (!apps.data || !settings.data || apis.isPending) && (
        <Pending>
          <FormSkeleton />
        </Pending>
      )}
      {apps.data && apps.data.length > 0 && settings.data && !apis.isPending && (
        <CreateForm
          team={settings.data}
          apps={apps.data.filter(({ id }) => rights.of(id))}
          apis={apis.data ?? []}
          onIssued={setIssued}
        />
      )}
    </Page>
  );
}
