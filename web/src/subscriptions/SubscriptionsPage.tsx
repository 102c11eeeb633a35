import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { resourcesQuery } from '../resources/resource';
import { useCan, useTeamName } from '../session/session';
import { fits } from '../shell/palette-match';
import { Button } from '../ui/Button';
import { FilterChip } from '../ui/Chip';
import { TableSkeleton } from '../ui/DataTable';
import { Page } from '../ui/Page';
import { SearchInput } from '../ui/SearchInput';
import { Empty, Loaded, NoResult } from '../ui/States';
import { SubscribeDialog } from './SubscribeDialog';
import { SubscriptionsTable } from './SubscriptionsTable';
import type { SubscriptionsSearch } from './search';
import { stateOf, stateText } from './state';
import { states } from './states';

export function SubscriptionsPage() {
  const team = useTeamName();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/subscriptions' });
  const [subscribing, setSubscribing] = useState(false);
  const list = useQuery(resourcesQuery('subscriptions', team));
  const apps = useQuery(resourcesQuery('apps', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const change = (next: SubscriptionsSearch) =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  const button = can('keyward:subscriptions.write') && (
    <Button
      tone="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setSubscribing(true)}
    >
      {t('subscriptions.create.api')}
    </Button>
  );
  return (
    <Page title={t('subscriptions.title')} text={t('subscriptions.text')} actions={button}>
      <Loaded query={list} skeleton={<TableSkeleton filter columns={4} />}>
        {(all) => {
          if (all.length === 0)
            return (
              <Empty
                title={t('subscriptions.empty.title')}
                text={t('subscriptions.empty.text')}
                action={button}
              />
            );
          const rows = all.filter(
            (one) =>
              (!search.state || stateOf(one) === search.state) &&
              (!search.q || fits(`${one.spec.app} ${one.spec.api}`, search.q)),
          );
          return (
            <>
              <div className="mb-2 flex flex-wrap items-center gap-2">
                <SearchInput
                  label={t('resources.filter')}
                  value={search.q ?? ''}
                  onChange={(q) => change({ q: q || undefined })}
                />
                {states.map((state) => (
                  <FilterChip
                    key={state}
                    on={search.state === state}
                    onChange={(on) => change({ state: on ? state : undefined })}
                  >
                    {stateText(state)}
                  </FilterChip>
                ))}
                <span className="ms-auto text-sm text-ink-faint">
                  {t('subscriptions.count', { count: rows.length })}
                </span>
              </div>
              {rows.length === 0 ? (
                <NoResult onClear={() => void navigate({ to: '.', search: {}, replace: true })} />
              ) : (
                <SubscriptionsTable rows={rows} apps={apps.data} apis={apis.data} />
              )}
            </>
          );
        }}
      </Loaded>
      {subscribing && <SubscribeDialog onClose={() => setSubscribing(false)} />}
    </Page>
  );
}
