import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../messages/messages';
import { None, Origins, SourceBadge } from '../resources/bits';
import { DeleteDialog } from '../resources/DeleteDialog';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { resourceQuery, resourcesQuery, type Upstream } from '../resources/resource';
import { Facts, Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { TabPanel, Tabs } from '../ui/Tabs';
import { HealthWord } from './HealthWord';
import { upstreamTabs } from './search';
import { TargetsHealth } from './TargetsHealth';

export function UpstreamPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/upstreams/$name' });
  const upstream = useQuery(resourceQuery('upstreams', team, name));
  return (
    <Loaded page query={upstream} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} upstream={data} />}
    </Loaded>
  );
}

function Detail({ team, upstream }: { team: string; upstream: Upstream }) {
  const { tab = 'targets' } = useSearch({ from: '/inside/teams/$team/upstreams/$name' });
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const apis = useQuery(resourcesQuery('apis', team));
  const { name, spec } = upstream;
  const using = apis.data?.filter((api) => api.spec.upstream === name);
  return (
    <Page
      title={name}
      text={spec.description}
      above={{ label: t('upstreams.title'), link: { to: '/teams/$team/upstreams', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {name}
          <span className="flex items-center gap-2 text-sm font-normal tracking-normal">
            <HealthWord team={team} name={name} />
            <SourceBadge source={upstream.source} />
          </span>
        </span>
      }
      actions={
        <DetailActions
          kind="upstreams"
          edit={{ to: '/teams/$team/upstreams/$name/edit', params: { team, name } }}
          onDelete={() => setDeleting(true)}
        />
      }
    >
      <div className="grid gap-x-12 gap-y-8 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <Tabs
          label={t('resources.tabs')}
          value={tab}
          onChange={(next) =>
            void navigate({ to: '.', search: { tab: next === 'targets' ? undefined : next }, replace: true })
          }
          tabs={upstreamTabs.map((value) => ({
            value,
            label: t(value === 'targets' ? 'upstreams.tab.health' : 'upstreams.tab.apis'),
          }))}
          className="min-w-0"
        >
          <TabPanel value="targets">
            <TargetsHealth team={team} upstream={upstream} />
          </TabPanel>
          <TabPanel value="apis" className="pt-4">
            {using?.length === 0 && <None>{t('upstreams.apis.none')}</None>}
            <ul className="text-sm">
              {using?.map((api) => (
                <li key={api.id} className="flex h-10 items-center gap-3 border-b">
                  <Link
                    to="/teams/$team/apis/$name"
                    params={{ team, name: api.name }}
                    className="rounded-sm font-medium hover:underline"
                  >
                    {api.spec.title || api.name}
                  </Link>
                  <span className="font-mono text-xs text-ink-faint">{api.name}</span>
                </li>
              ))}
            </ul>
          </TabPanel>
        </Tabs>
        <div className="flex flex-col gap-8">
          <section>
            <h2 className="mb-3 text-base font-semibold">{t('upstreams.settings')}</h2>
            <Settings upstream={upstream} team={team} />
          </section>
          <Origins resource={upstream} />
        </div>
      </div>
      {deleting && (
        <DeleteDialog
          kind="upstreams"
          resource={upstream}
          confirm={t('upstreams.delete')}
          text={t('upstreams.delete.text')}
          dependants={(apis.isError ? [] : using)?.map((api) => ({
            key: api.id,
            label: api.name,
            how: t('upstreams.delete.api'),
            link: { to: '/teams/$team/apis/$name', params: { team, name: api.name } },
          }))}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/teams/$team/upstreams', params: { team } })}
        />
      )}
    </Page>
  );
}

function Settings({ team, upstream: { spec } }: { team: string; upstream: Upstream }) {
  const active = spec.health?.active;
  const passive = spec.health?.passive;
  const retries = spec.retries;
  const seconds = (ms: number | undefined, fallback: number) => (ms ?? fallback) / 1000;
  return (
    <Facts
      items={[
        [t('upstreams.balance'), t(`upstreams.balance.${spec.balance ?? 'round_robin'}`)],
        [
          t('upstreams.connection'),
          spec.connection ? (
            <Link
              key="connection"
              to="/teams/$team/connections/$name"
              params={{ team, name: spec.connection }}
              className="rounded-sm font-mono text-xs text-accent-ink hover:underline"
            >
              {spec.connection}
            </Link>
          ) : (
            <None key="none">{t('upstreams.noConnection')}</None>
          ),
        ],
        [
          t('upstreams.section.health'),
          active
            ? t('upstreams.settings.probed', {
                method: active.method ?? 'GET',
                path: active.path,
                seconds: active.interval_seconds ?? 10,
              })
            : t('upstreams.settings.notProbed'),
        ],
        [
          t('upstreams.group.passive'),
          passive?.failures === 0
            ? t('upstreams.settings.neverEjected')
            : t('upstreams.settings.ejected', {
                failures: passive?.failures ?? 5,
                seconds: passive?.eject_seconds ?? 10,
              }),
        ],
        [
          t('upstreams.group.retries'),
          retries?.attempts === 0
            ? t('upstreams.settings.noRetries')
            : t('upstreams.settings.retries', {
                attempts: retries?.attempts ?? 2,
                percent: retries?.budget_percent ?? 20,
              }),
        ],
        [
          t('upstreams.group.timeouts'),
          t('upstreams.settings.timeouts', {
            connect: seconds(spec.timeouts?.connect_ms, 5000),
            first: seconds(spec.timeouts?.first_byte_ms, 60_000),
            idle: seconds(spec.timeouts?.idle_ms, 60_000),
          }),
        ],
        spec.concurrency?.max_connections != null && [
          t('upstreams.group.concurrency'),
          t('upstreams.settings.concurrency', {
            connections: spec.concurrency.max_connections,
            pending: spec.concurrency.max_pending ?? 128,
          }),
        ],
      ]}
    />
  );
}
