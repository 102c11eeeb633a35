import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { useMemo } from 'react';
import { took } from '../format/durations';
import { bytes, percent } from '../format/numbers';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import { limitSentences } from '../resources/limits';
import type { Api } from '../resources/resource';
import { lastHourQuery, TrafficCell } from '../resources/traffic';
import { useCan } from '../session/session';
import { sortOf, sortText } from '../shell/search';
import { ButtonLink } from '../ui/Button';
import { type Column, DataTable } from '../ui/DataTable';
import { SearchInput } from '../ui/SearchInput';
import { Empty, NoResult } from '../ui/States';
import { Tip } from '../ui/Tip';
import { callPath, type RouteSpec, scopesOf } from './address';
import { Methods, PathText } from './words';

/** The routes of an api, with what each asks for and what came in the last hour. */
export function RoutesTable({ team, api }: { team: string; api: Api }) {
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/apis/$name' });
  const mayCalls = can('keyward:calls.read');
  const traffic = useQuery({
    ...lastHourQuery(team, 'route', { api: api.name }),
    enabled: mayCalls,
  });
  const base = callPath(api.spec);
  const columns = useMemo<Column<RouteSpec>[]>(
    () => [
      {
        id: 'path',
        header: t('apis.routes.column.path'),
        accessorFn: ({ path }) => path,
        cell: ({ row: { original: route } }) => (
          <div className="flex min-w-0 items-center gap-2">
            <Methods methods={route.methods} />
            <Link
              to="/teams/$team/apis/$name"
              params={{ team, name: api.name }}
              search={{ tab: 'try', route: route.name }}
              dir="ltr"
              className="truncate rounded-sm hover:underline"
            >
              <span className="font-mono text-xs text-ink-faint max-lg:hidden">{base}</span>
              <PathText path={route.path} />
            </Link>
          </div>
        ),
      },
      {
        id: 'name',
        header: t('apis.routes.column.name'),
        width: 'w-40',
        from: 'lg',
        accessorFn: ({ name }) => name,
        cell: ({ row: { original } }) => (
          <Tip text={original.description || original.name}>
            <span className="block truncate font-mono text-xs text-ink-soft">{original.name}</span>
          </Tip>
        ),
      },
      {
        id: 'scopes',
        header: t('apis.routes.column.scopes'),
        width: 'w-48',
        from: 'md',
        enableSorting: false,
        cell: ({ row: { original } }) => <RouteScopes route={original} />,
      },
      {
        id: 'rules',
        header: t('apis.routes.column.rules'),
        width: 'w-36',
        from: 'xl',
        enableSorting: false,
        cell: ({ row: { original } }) => <Rules route={original} />,
      },
      {
        id: 'calls',
        header: t('resources.traffic'),
        width: 'w-32',
        from: 'sm',
        accessorFn: ({ name }) => traffic.data?.by.get(name)?.calls ?? 0,
        sortDescFirst: true,
        cell: ({ row: { original } }) => <TrafficCell known={traffic.data} of={original.name} />,
      },
      {
        id: 'refused',
        header: t('apis.routes.column.refused'),
        width: 'w-20',
        from: 'lg',
        align: 'end',
        accessorFn: ({ name }) => {
          const of = traffic.data?.by.get(name);
          return of && of.calls > 0 ? of.refusals / of.calls : 0;
        },
        sortDescFirst: true,
        cell: ({ row: { original } }) => {
          const of = traffic.data?.by.get(original.name);
          if (!of || of.calls === 0) return <None>–</None>;
          return (
            <span
              className={`font-mono text-xs tabular ${of.refusals > 0 ? 'text-refused' : 'text-ink-soft'}`}
            >
              {percent(of.refusals, of.calls)}
            </span>
          );
        },
      },
      {
        id: 'slow',
        header: t('apis.routes.column.slow'),
        width: 'w-20',
        from: 'xl',
        align: 'end',
        accessorFn: ({ name }) => traffic.data?.by.get(name)?.p95 ?? 0,
        sortDescFirst: true,
        cell: ({ row: { original } }) => {
          const slow = traffic.data?.by.get(original.name)?.p95;
          return slow == null ? (
            <None>–</None>
          ) : (
            <span className="font-mono text-xs text-ink-soft tabular">{took(slow)}</span>
          );
        },
      },
    ],
    [team, api.name, base, traffic.data],
  );

  const shown = mayCalls
    ? columns
    : columns.filter(({ id }) => id !== 'calls' && id !== 'refused' && id !== 'slow');
  const routes = (api.spec.routes ?? []) as RouteSpec[];
  const edit = can('keyward:apis.write') && (
    <ButtonLink
      to="/teams/$team/apis/$name/edit"
      params={{ team, name: api.name }}
      hash="routes"
      icon={<Pencil className="size-3.5" aria-hidden />}
    >
      {t('apis.routes.edit')}
    </ButtonLink>
  );
  const change = (next: object) =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  if (routes.length === 0) return <Empty className="py-10" title={t('apis.routes.none')} action={edit} />;
  const words = (search.q ?? '').toLowerCase().split(/\s+/);
  const rows = routes.filter((route) =>
    words.every((word) =>
      `${route.methods.join(' ')} ${base}${route.path} ${route.name} ${route.description ?? ''} ${scopesOf(route).scopes.join(' ')}`
        .toLowerCase()
        .includes(word),
    ),
  );
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <SearchInput
          label={t('apis.routes.filter')}
          value={search.q ?? ''}
          onChange={(q) => change({ q: q || undefined })}
        />
        <span className="ms-auto text-sm text-ink-faint tabular">
          {t('apis.routes.count', { count: rows.length })}
        </span>
        {edit}
      </div>
      {rows.length === 0 ? (
        <NoResult onClear={() => change({ q: undefined })} />
      ) : (
        <DataTable
          label={t('apis.section.routes')}
          columns={shown}
          rows={rows}
          rowId={({ name }) => name}
          rowName={({ name }) => name}
          sorting={sortOf(
            search.sort,
            columns.map(({ id }) => id ?? ''),
          )}
          onSort={(next) => change({ sort: sortText(next) })}
          onOpen={({ name }) => change({ tab: 'try', route: name, q: undefined, sort: undefined })}
          rowHeight={38}
        />
      )}
    </>
  );
}

export function RouteScopes({ route }: { route: RouteSpec }) {
  const { any, scopes } = scopesOf(route);
  if (scopes.length === 0) return <span className="text-xs text-warning">{t('apis.route.noScope')}</span>;
  return (
    <Tip text={scopes.join(', ')}>
      <span className="block truncate font-mono text-xs text-ink-soft">
        {any && scopes.length > 1 && (
          <span className="font-sans text-ink-faint">{t('apis.route.anyOf')} </span>
        )}
        {scopes.join(', ')}
      </span>
    </Tip>
  );
}

function Rules({ route }: { route: RouteSpec }) {
  const rules = [
    (route.cost ?? 1) !== 1 && t('apis.route.costs', { cost: route.cost }),
    route.timeouts && t('apis.route.ownTimeouts'),
    route.max_body_bytes != null && t('apis.route.maxBodyOf', { bytes: bytes(route.max_body_bytes) }),
  ].filter((rule): rule is string => Boolean(rule));
  if (rules.length === 0) return <None>–</None>;
  return <span className="block truncate text-xs text-ink-soft">{rules.join(', ')}</span>;
}

/** The limits of the api, above its routes, which all count against them. */
export function ApiLimits({ api }: { api: Api }) {
  const sentences = limitSentences(api.spec.limits);
  if (sentences.length === 0) return null;
  return <p className="mb-3 text-sm text-ink-soft">{sentences.join(' · ')}</p>;
}
