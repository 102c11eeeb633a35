import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../messages/messages';
import { Labels, Limits, Origins, ScopeList, SourceBadge } from '../resources/bits';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { HourChart } from '../resources/HourChart';
import { LimitsUsed } from '../resources/LimitsUsed';
import { type App, putResource, resourceQuery } from '../resources/resource';
import { lastHourQuery } from '../resources/traffic';
import { useCan } from '../session/session';
import { SubscriptionsTab } from '../subscriptions/SubscriptionsTab';
import { Status } from '../ui/Badge';
import { MenuItem } from '../ui/Menu';
import { Facts, Page, Section } from '../ui/Page';
import { Loaded, problemText } from '../ui/States';
import { TabPanel, Tabs } from '../ui/Tabs';
import { toast } from '../ui/toast';
import { AppTokens } from './AppTokens';
import { DeleteApp } from './DeleteApp';
import { appTabs } from './search';

const labels = {
  overview: 'resources.overview',
  tokens: 'apps.tab.tokens',
  subscriptions: 'apps.tab.subscriptions',
} as const;

export function AppPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/apps/$name' });
  const app = useQuery({ ...resourceQuery('apps', team, name), refetchInterval: 60_000 });
  return (
    <Loaded page query={app} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} app={data} />}
    </Loaded>
  );
}

function Detail({ team, app }: { team: string; app: App }) {
  const { tab = 'overview' } = useSearch({ from: '/inside/teams/$team/apps/$name' });
  const navigate = useNavigate();
  const can = useCan();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const traffic = useQuery({
    ...lastHourQuery(team, 'app', { app: app.name }),
    enabled: can('keyward:calls.read'),
  });
  const { spec, name } = app;
  const disabled = Boolean(spec.disabled);

  async function turn(before: App, off: boolean) {
    try {
      const { disabled: _, ...rest } = before.spec;
      const changed = await putResource('apps', team, name, off ? { ...rest, disabled: true } : rest, {
        version: before.version,
      });
      toast({
        title: t(off ? 'apps.disabledNow' : 'apps.enabledNow', { name: spec.title || name }),
        undo: () => void turn(changed, !off),
      });
    } catch (error) {
      toast({ ...problemText(error), tone: 'refused' });
    }
    await client.invalidateQueries({ queryKey: ['apps', team] });
  }

  return (
    <Page
      title={spec.title || name}
      text={spec.description}
      above={{ label: t('apps.title'), link: { to: '/teams/$team/apps', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {spec.title || name}
          <span className="flex items-center gap-2 text-sm font-normal tracking-normal">
            <Status tone={disabled ? 'neutral' : 'allowed'} hollow={disabled}>
              {t(disabled ? 'resources.disabled' : 'resources.enabled')}
            </Status>
            <SourceBadge source={app.source} />
          </span>
        </span>
      }
      actions={
        <DetailActions
          kind="apps"
          edit={{ to: '/teams/$team/apps/$name/edit', params: { team, name } }}
          onDelete={() => setDeleting(true)}
          items={
            <MenuItem onSelect={() => void turn(app, !disabled)}>
              {t(disabled ? 'apps.enable' : 'apps.disable')}
            </MenuItem>
          }
        />
      }
    >
      <Tabs
        label={t('resources.tabs')}
        value={tab}
        onChange={(next) =>
          void navigate({ to: '.', search: { tab: next === 'overview' ? undefined : next }, replace: true })
        }
        tabs={appTabs
          .filter((value) => value === 'overview' || can(`keyward:${value}.read`))
          .map((value) => ({ value, label: t(labels[value]) }))}
      >
        <TabPanel value="overview" className="grid gap-x-12 gap-y-2 pt-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div>
            <Section title={t('apps.section.scopes')}>
              {spec.scopes?.length ? (
                <ScopeList scopes={spec.scopes} />
              ) : (
                <p className="text-sm text-ink-faint">{t('apps.scopes.none')}</p>
              )}
            </Section>
            <Section title={t('apps.section.limits')}>
              {can('keyward:tokens.read') ? (
                <LimitsUsed team={team} app={name} limits={spec.limits} />
              ) : (
                <div className="text-sm">
                  <Limits limits={spec.limits} />
                </div>
              )}
            </Section>
            {can('keyward:calls.read') && (
              <Section title={t('resources.traffic')}>
                <HourChart team={team} app={name} />
              </Section>
            )}
          </div>
          <div className="flex flex-col gap-6">
            <Facts
              items={[
                [
                  t('resources.name'),
                  <code key="name" className="font-mono text-xs">
                    {name}
                  </code>,
                ],
                [t('resources.labels'), <Labels key="labels" labels={spec.labels} />],
              ]}
            />
            <Origins resource={app} />
          </div>
        </TabPanel>
        <TabPanel value="tokens">
          <AppTokens team={team} app={app} />
        </TabPanel>
        <TabPanel value="subscriptions">
          <SubscriptionsTab app={name} />
        </TabPanel>
      </Tabs>
      {deleting && (
        <DeleteApp
          team={team}
          app={app}
          calls={traffic.data?.by.get(app.id)?.calls}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/teams/$team/apps', params: { team } })}
        />
      )}
    </Page>
  );
}
