import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { resourcesQuery } from '../resources/resource';
import { useCan, useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { TableSkeleton } from '../ui/DataTable';
import { Empty, Loaded } from '../ui/States';
import { SubscribeDialog } from './SubscribeDialog';
import { SubscriptionsTable } from './SubscriptionsTable';

interface SubscriptionsTabProps {
  app?: string;
  /** The api without its version. */
  api?: string;
  /** Calls need no subscription. */
  open?: boolean;
}

/** The subscriptions of one app, or of one api. */
export function SubscriptionsTab({ app, api, open }: SubscriptionsTabProps) {
  const team = useTeamName();
  const can = useCan();
  const [subscribing, setSubscribing] = useState(false);
  const list = useQuery(resourcesQuery('subscriptions', team));
  const apps = useQuery(resourcesQuery('apps', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const button = can('keyward:subscriptions.write') && (
    <Button icon={<Plus className="size-4" aria-hidden />} onClick={() => setSubscribing(true)}>
      {t(app ? 'subscriptions.create.app' : 'subscriptions.create.api')}
    </Button>
  );
  return (
    <div className="pt-4">
      <Loaded query={list} skeleton={<TableSkeleton rows={4} columns={4} />}>
        {(all) => {
          const rows = all.filter(({ spec }) => (app ? spec.app === app : spec.api === api));
          if (rows.length === 0)
            return (
              <Empty
                className="py-10"
                title={t('subscriptions.empty.title')}
                text={t(
                  open
                    ? 'subscriptions.empty.open'
                    : app
                      ? 'subscriptions.empty.app'
                      : 'subscriptions.empty.api',
                )}
                action={!open && button}
              />
            );
          return (
            <>
              <div className="mb-2 flex items-center justify-between gap-3 text-sm text-ink-faint">
                {open ? t('subscriptions.empty.open') : t('subscriptions.count', { count: rows.length })}
                {button}
              </div>
              <SubscriptionsTable
                rows={rows}
                apps={apps.data}
                apis={apis.data}
                without={app ? 'app' : 'api'}
              />
            </>
          );
        }}
      </Loaded>
      {subscribing && <SubscribeDialog app={app} api={api} onClose={() => setSubscribing(false)} />}
    </div>
  );
}
