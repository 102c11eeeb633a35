import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { cx } from '../ui/cx';
import type { Column } from '../ui/DataTable';
import { Sparkline } from '../ui/Sparkline';
import { Bone } from '../ui/States';
import { Time } from '../ui/Time';
import { Tip } from '../ui/Tip';
import { isAlive, maskedToken, nameOf } from './actions';
import { expiringDays, type weeks } from './list';
import type { Token } from './queries';
import { statuses } from './search';
import { TokenStatus } from './TokenStatus';

interface Known {
  team: string;
  apps: readonly Schemas['App'][];
  /** Undefined while it is being read. */
  weeks?: ReturnType<typeof weeks>;
}

export function tokenColumns({ team, apps, weeks: known }: Known): Column<Token>[] {
  const titles = new Map(apps.map((app) => [app.id, app.spec.title || app.name]));
  const appOf = (token: Token) => titles.get(token.app) ?? '';
  return [
    {
      id: 'name',
      header: t('tokens.column.name'),
      accessorFn: (token) => nameOf(token).toLowerCase(),
      cell: ({ row: { original: token } }) => (
        <div className="min-w-0">
          <Link
            to="/teams/$team/tokens/$token"
            params={{ team, token: token.id }}
            className={cx(
              'block truncate rounded-sm font-medium hover:underline',
              !isAlive(token) && 'text-ink-soft',
            )}
          >
            {nameOf(token)}
          </Link>
          <span className="block truncate text-xs text-ink-faint xl:hidden">{appOf(token)}</span>
        </div>
      ),
    },
    {
      id: 'token',
      header: t('tokens.column.token'),
      from: '2xl',
      width: 'w-24',
      enableSorting: false,
      cell: ({ row: { original: token } }) => (
        <span className="font-mono text-xs text-ink-soft">{maskedToken(token)}</span>
      ),
    },
    {
      id: 'app',
      header: t('tokens.column.app'),
      from: 'xl',
      width: 'w-32',
      accessorFn: appOf,
      cell: ({ row: { original: token } }) => (
        <span className="block truncate text-ink-soft">{appOf(token)}</span>
      ),
    },
    {
      id: 'scopes',
      header: t('tokens.column.scopes'),
      from: 'xl',
      width: 'w-40',
      enableSorting: false,
      cell: ({ row: { original: token } }) => <Scopes scopes={token.scopes ?? []} />,
    },
    {
      id: 'status',
      header: t('tokens.column.status'),
      width: 'w-28',
      accessorFn: (token) => statuses.indexOf(token.status),
      sortFn: 'basic',
      cell: ({ row: { original: token } }) => <TokenStatus status={token.status} />,
    },
    {
      id: 'calls',
      header: t('tokens.column.week'),
      from: 'sm',
      width: 'w-[132px]',
      accessorFn: (token) => known?.byToken.get(token.id)?.calls ?? 0,
      sortDescFirst: true,
      cell: ({ row: { original: token } }) => <WeekCell token={token} weeks={known} />,
    },
    {
      id: 'last_use',
      header: t('tokens.column.lastUse'),
      from: 'lg',
      width: 'w-32',
      accessorFn: (token) => (token.last_use ? Date.parse(token.last_use.at) : 0),
      sortDescFirst: true,
      cell: ({ row: { original: token } }) => <LastUse token={token} />,
    },
    {
      id: 'expires_at',
      header: t('tokens.column.expires'),
      from: 'sm',
      width: 'w-32',
      accessorFn: (token) => (token.expires_at ? Date.parse(token.expires_at) : Number.MAX_SAFE_INTEGER),
      cell: ({ row: { original: token } }) => <Expires token={token} />,
    },
  ];
}

/** The first scopes, and how many more; all of them on hover. */
export function Scopes({ scopes, most = 1 }: { scopes: readonly string[]; most?: number }) {
  if (scopes.length === 0) return <span className="text-ink-faint">{t('tokens.noScopes')}</span>;
  const rest = scopes.length - most;
  return (
    <Tip text={scopes.join(', ')}>
      <span className="flex min-w-0 items-center gap-1.5 font-mono text-xs text-ink-soft">
        <span className="truncate">{scopes.slice(0, most).join(', ')}</span>
        {rest > 0 && (
          <span className="shrink-0 text-ink-faint">{t('tokens.moreScopes', { count: rest })}</span>
        )}
      </span>
    </Tip>
  );
}

function WeekCell({ token, weeks: known }: { token: Token; weeks?: ReturnType<typeof weeks> }) {
  if (!known) return <Bone className="h-4 w-28" />;
  const week = known.byToken.get(token.id);
  if (!week && known.rest) {
    return (
      <Tip text={t('tokens.week.rest')}>
        <span className="text-ink-faint">–</span>
      </Tip>
    );
  }
  return <Sparkline points={(week ?? known.quiet).points} />;
}

function LastUse({ token: { last_use: use } }: { token: Token }) {
  if (!use) return <span className="text-ink-faint">{t('tokens.never')}</span>;
  return (
    <div className="min-w-0 leading-4">
      <Time at={use.at} className="block truncate text-ink-soft" />
      <span className="block truncate font-mono text-xs text-ink-faint">{use.address}</span>
    </div>
  );
}

export function Expires({ token }: { token: Token }) {
  if (!token.expires_at) return <span className="text-ink-faint">{t('tokens.never')}</span>;
  const soon = isAlive(token) && Date.parse(token.expires_at) - Date.now() < expiringDays * 86_400_000;
  return <Time at={token.expires_at} className={soon ? 'font-medium text-warning' : 'text-ink-soft'} />;
}
