import { Link } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { useMemo } from 'react';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import type { Api, App, Subscription } from '../resources/resource';
import { useCan, useTeamName } from '../session/session';
import { Status } from '../ui/Badge';
import { Button, IconButton } from '../ui/Button';
import { type Column, DataTable } from '../ui/DataTable';
import { Menu, MenuItem, MenuLine } from '../ui/Menu';
import { Time } from '../ui/Time';
import { stateOf, stateText, steps, tones, useSubscriptionActions } from './state';
import { states } from './states';

interface SubscriptionsTableProps {
  rows: Subscription[];
  apps?: readonly App[];
  apis?: readonly Api[];
  /** What the page is about already, and needs no column. */
  without?: 'app' | 'api';
}

/** Subscriptions, with what can be made of each. */
export function SubscriptionsTable({ rows, apps = [], apis = [], without }: SubscriptionsTableProps) {
  const team = useTeamName();
  const can = useCan();
  const actions = useSubscriptionActions(team);
  const mayWrite = can('keyward:subscriptions.write');
  const columns = useMemo(() => {
    const appTitles = new Map(apps.map((app) => [app.name, app.spec.title || app.name]));
    const all: Column<Subscription>[] = [
      {
        id: 'app',
        header: t('subscriptions.app'),
        accessorFn: ({ spec }) => appTitles.get(spec.app) ?? spec.app,
        cell: ({ row: { original } }) => (
          <Link
            to="/teams/$team/apps/$name"
            params={{ team, name: original.spec.app }}
            search={{ tab: 'subscriptions' }}
            className="block truncate rounded-sm font-medium hover:underline"
          >
            {appTitles.get(original.spec.app) ?? original.spec.app}
          </Link>
        ),
      },
      {
        id: 'api',
        header: t('subscriptions.api'),
        accessorFn: ({ spec }) => spec.api,
        cell: ({ row: { original } }) => {
          const known = apis.filter((api) => api.spec.api === original.spec.api);
          return (
            <span className="flex min-w-0 items-baseline gap-2">
              <span className="truncate">{known.at(-1)?.spec.title || original.spec.api}</span>
              {known.map((api) => (
                <Link
                  key={api.id}
                  to="/teams/$team/apis/$name"
                  params={{ team, name: api.name }}
                  className="rounded-sm font-mono text-xs text-ink-faint hover:text-ink hover:underline max-sm:hidden"
                >
                  {api.spec.version}
                </Link>
              ))}
            </span>
          );
        },
      },
      {
        id: 'state',
        header: t('subscriptions.state'),
        width: 'w-36',
        accessorFn: (one) => states.indexOf(stateOf(one)),
        cell: ({ row: { original } }) => (
          <Status tone={tones[stateOf(original)]} hollow={stateOf(original) === 'ended'}>
            {stateText(stateOf(original))}
          </Status>
        ),
      },
      {
        id: 'changed',
        header: t('subscriptions.changed'),
        width: 'w-36',
        from: 'md',
        accessorFn: (one) => Date.parse(one.updated_at),
        cell: ({ row: { original } }) => <Time at={original.updated_at} className="text-ink-soft" />,
      },
    ];
    if (mayWrite)
      all.push({
        id: 'steps',
        header: () => <span className="sr-only">{t('ui.table.actions')}</span>,
        width: 'w-44',
        from: 'sm',
        enableSorting: false,
        cell: ({ row: { original } }) => (
          <span className="flex justify-end gap-1.5">
            {steps[stateOf(original)]
              .slice(0, stateOf(original) === 'pending' ? 2 : 1)
              .map(({ step, to }) => (
                <Button
                  key={step}
                  size="sm"
                  tone={step === 'approve' && stateOf(original) === 'pending' ? 'plain' : 'quiet'}
                  onClick={() => void actions.move(original, to)}
                >
                  {t(`subscriptions.${step}`)}
                </Button>
              ))}
          </span>
        ),
      });
    return all.filter((column) => column.id !== without);
  }, [apps, apis, team, without, mayWrite, actions]);

  if (rows.length === 0) return <None />;
  return (
    <DataTable
      label={t('subscriptions.title')}
      columns={columns}
      rows={rows}
      rowId={(one) => one.id}
      rowName={(one) => one.name}
      rowActions={
        mayWrite
          ? (one) => (
              <Menu
                trigger={
                  <IconButton label={t('subscriptions.actions', { name: one.name })} size="sm">
                    <Ellipsis className="size-4" aria-hidden />
                  </IconButton>
                }
              >
                {steps[stateOf(one)].map(({ step, to }) => (
                  <MenuItem key={step} onSelect={() => void actions.move(one, to)}>
                    {t(`subscriptions.${step}`)}
                  </MenuItem>
                ))}
                <MenuLine />
                <MenuItem danger onSelect={() => void actions.remove(one)}>
                  {t('subscriptions.delete')}
                </MenuItem>
              </Menu>
            )
          : undefined
      }
    />
  );
}
