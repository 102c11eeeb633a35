import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowRight, FileUp } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { SourceBadge } from '../resources/bits';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { type Api, resourceQuery } from '../resources/resource';
import { useCan } from '../session/session';
import { SubscriptionsTab } from '../subscriptions/SubscriptionsTab';
import { MenuItem } from '../ui/Menu';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { TabPanel, Tabs } from '../ui/Tabs';
import { ApiSettings } from './ApiSettings';
import { callPath } from './address';
import { DeleteApi } from './DeleteApi';
import { ApiLimits, RoutesTable } from './RoutesTable';
import { type ApiTab, apiTabs } from './search';
import { TryTab } from './TryTab';
import { LifecycleWord } from './words';

/** What one must be allowed to do for a tab to be of use. */
const tabScopes: Partial<Record<ApiTab, string>> = {
  try: 'keyward:calls.read',
  subscriptions: 'keyward:subscriptions.read',
};

export function ApiPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/apis/$name' });
  const api = useQuery(resourceQuery('apis', team, name));
  return (
    <Loaded page query={api} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} api={data} />}
    </Loaded>
  );
}

function Detail({ team, api }: { team: string; api: Api }) {
  const { tab = 'routes' } = useSearch({ from: '/inside/teams/$team/apis/$name' });
  const navigate = useNavigate();
  const can = useCan();
  const [deleting, setDeleting] = useState(false);
  const { name, spec } = api;
  const access = spec.access ?? 'open';
  return (
    <Page
      title={`${spec.title || spec.api} ${spec.version}`}
      above={{ label: t('apis.title'), link: { to: '/teams/$team/apis', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>
            {spec.title || spec.api} <span className="font-normal text-ink-soft">{spec.version}</span>
          </span>
          <span className="flex items-center gap-2 text-sm font-normal tracking-normal">
            <LifecycleWord lifecycle={spec.lifecycle} />
            <SourceBadge source={api.source} />
          </span>
        </span>
      }
      text={spec.description}
      actions={
        <DetailActions
          kind="apis"
          edit={{ to: '/teams/$team/apis/$name/edit', params: { team, name } }}
          onDelete={() => setDeleting(true)}
          items={
            <MenuItem
              icon={<FileUp className="size-4" aria-hidden />}
              link={<Link to="/teams/$team/apis/-/import" params={{ team }} search={{ api: name }} />}
            >
              {t('apis.import')}
            </MenuItem>
          }
        />
      }
    >
      <p className="-mt-3 mb-4 flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-soft">
        <span dir="ltr" className="font-mono text-xs leading-5">
          {callPath(spec)}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <ArrowRight className="size-3.5 text-ink-faint rtl:rotate-180" aria-hidden />
          <Link
            to="/teams/$team/upstreams/$name"
            params={{ team, name: spec.upstream }}
            className="rounded-sm font-mono text-xs text-accent-ink hover:underline"
          >
            {spec.upstream}
          </Link>
        </span>
        <span>
          {t(`apis.access.${access}`)}: {t(`apis.access.${access}.text`)}
        </span>
      </p>
      <Tabs
        label={t('resources.tabs')}
        value={tab}
        onChange={(next) =>
          void navigate({ to: '.', search: { tab: next === 'routes' ? undefined : next }, replace: true })
        }
        tabs={apiTabs
          .filter((value) => {
            const scope = tabScopes[value];
            return !scope || can(scope);
          })
          .map((value) => ({ value, label: t(`apis.tab.${value}`) }))}
      >
        <TabPanel value="routes" className="pt-4">
          <ApiLimits api={api} />
          <RoutesTable team={team} api={api} />
        </TabPanel>
        <TabPanel value="settings" className="pt-5">
          <ApiSettings team={team} api={api} />
        </TabPanel>
        <TabPanel value="try" className="pt-5">
          <TryTab team={team} api={api} />
        </TabPanel>
        <TabPanel value="subscriptions">
          <SubscriptionsTab api={spec.api} open={access === 'open'} />
        </TabPanel>
      </Tabs>
      {deleting && (
        <DeleteApi
          team={team}
          api={api}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/teams/$team/apis', params: { team } })}
        />
      )}
    </Page>
  );
}
