import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Pencil, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { useTeamName, useTokenRights } from '../session/session';
import { useCommands } from '../shell/commands';
import { useShortcut } from '../shell/shortcuts';
import { Button, ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Bone, ErrorState, Loaded } from '../ui/States';
import { TabPanel, Tabs } from '../ui/Tabs';
import { isAlive, maskedToken, nameOf, useTokenActions } from './actions';
import { AuditTab } from './detail/AuditTab';
import { Banner } from './detail/Banner';
import { CallsTab } from './detail/CallsTab';
import { ExplainTab } from './detail/ExplainTab';
import { OverviewTab } from './detail/OverviewTab';
import { RestrictionsTab } from './detail/RestrictionsTab';
import { ScopesTab } from './detail/ScopesTab';
import { UsageTab } from './detail/UsageTab';
import { type Token, tokenQuery } from './queries';
import { RevokeDialog } from './RevokeDialog';
import { tabs } from './search';
import { TokenStatus } from './TokenStatus';

export function TokenPage() {
  const team = useTeamName();
  const { token: id } = useParams({ from: '/inside/teams/$team/tokens/$token' });
  const token = useQuery(tokenQuery(team, id));
  const above = { label: t('tokens.title'), link: { to: '/teams/$team/tokens' as const, params: { team } } };
  if (token.data) return <Detail team={team} token={token.data} query={token} />;
  if (token.isError)
    return <ErrorState heading="h1" error={token.error} onRetry={() => void token.refetch()} />;
  return (
    <Page title={id} heading={<Bone className="h-6 w-56" />} above={above}>
      <Loaded query={token} skeleton={<DetailSkeleton />}>
        {() => null}
      </Loaded>
    </Page>
  );
}

interface DetailProps {
  team: string;
  token: Token;
  query: ReturnType<typeof useQuery<Token>>;
}

function Detail({ team, token, query }: DetailProps) {
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/tokens/$token' });
  const rights = useTokenRights();
  const apps = useQuery(appsQuery(team));
  const actions = useTokenActions(team);
  const [revoking, setRevoking] = useState(false);
  const app = apps.data?.find((one) => one.id === token.app);
  const params = { team, token: token.id };
  const tab = search.tab ?? 'overview';
  const edit = { to: '/teams/$team/tokens/$token/edit', params } as const;
  const mayEdit = rights.of(token.app) && isAlive(token);
  const toEdit = () => void navigate(edit);
  useShortcut('e', toEdit, {
    label: t('tokens.action.edit'),
    group: t('shell.shortcuts.here'),
    when: mayEdit,
  });
  useCommands(mayEdit ? [{ label: t('tokens.action.edit'), run: toEdit }] : []);

  return (
    <Page
      title={nameOf(token)}
      above={{ label: t('tokens.title'), link: { to: '/teams/$team/tokens', params: { team } } }}
      text={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <TokenStatus status={token.status} />
          <span className="font-mono text-xs">{maskedToken(token)}</span>
          {app && <span>{app.spec.title || app.name}</span>}
        </span>
      }
      actions={
        mayEdit && (
          <>
            {token.status === 'pending' && rights.all && (
              <Button tone="primary" onClick={() => void actions.approve(token)}>
                {t('tokens.action.approve')}
              </Button>
            )}
            <ButtonLink {...edit} icon={<Pencil className="size-3.5" aria-hidden />}>
              {t('tokens.action.edit')}
            </ButtonLink>
            <ButtonLink
              to="/teams/$team/tokens/$token/rotate"
              params={params}
              icon={<RefreshCw className="size-4" aria-hidden />}
            >
              {t(token.successor ? 'tokens.banner.rotating.open' : 'tokens.action.rotate')}
            </ButtonLink>
            {token.state === 'disabled' ? (
              <Button onClick={() => void actions.enable(token)}>{t('tokens.action.enable')}</Button>
            ) : (
              <Button onClick={() => void actions.disable([token])}>{t('tokens.action.disable')}</Button>
            )}
            <Button tone="danger" onClick={() => setRevoking(true)}>
              {t('tokens.action.revoke')}
            </Button>
          </>
        )
      }
    >
      <Banner team={team} token={token} />
      <Tabs
        label={t('tokens.tabs')}
        value={tab}
        onChange={(next) =>
          void navigate({
            to: '.',
            search: (before) => ({ ...before, tab: next === 'overview' ? undefined : next }),
          })
        }
        tabs={tabs.map((value) => ({ value, label: t(`tokens.tab.${value}`) }))}
      >
        <TabPanel value={tab} className="pt-5">
          <Loaded query={query} skeleton={null}>
            {() => (
              <>
                {tab === 'overview' && <OverviewTab team={team} token={token} app={app} />}
                {tab === 'usage' && <UsageTab team={team} token={token} range={search.range ?? '7d'} />}
                {tab === 'calls' && <CallsTab team={team} token={token} />}
                {tab === 'restrictions' && <RestrictionsTab team={team} token={token} mayWrite={mayEdit} />}
                {tab === 'scopes' && (
                  <ScopesTab team={team} token={token} range={search.range ?? '30d'} mayWrite={mayEdit} />
                )}
                {tab === 'explain' && <ExplainTab team={team} token={token} search={search} />}
                {tab === 'audit' && <AuditTab team={team} token={token} />}
              </>
            )}
          </Loaded>
        </TabPanel>
      </Tabs>
      {revoking && <RevokeDialog team={team} tokens={[token]} onClose={() => setRevoking(false)} />}
    </Page>
  );
}

function DetailSkeleton() {
  return (
    <div className="flex flex-col gap-4">
      <Bone className="h-5 w-96 max-w-full" />
      <Bone className="h-48 w-full max-w-4xl" />
    </div>
  );
}
