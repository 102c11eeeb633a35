import { Link } from '@tanstack/react-router';
import { took } from '../format/durations';
import { absoluteTime } from '../format/time';
import { t } from '../messages/messages';
import { Status } from '../ui/Badge';
import type { Column } from '../ui/DataTable';
import { Time, useNow, useZone } from '../ui/Time';
import type { Names } from './names';
import { outcomeOf, outcomeTones, statusText } from './outcome';
import type { CallRecord } from './queries';
import { callTime } from './time-text';

/** What is seen of each call; less of it while one is open beside the list. */
export function callColumns(names: Names, beside: boolean): Column<CallRecord>[] {
  const columns: Column<CallRecord>[] = [
    {
      id: 'at',
      header: t('calls.column.time'),
      width: 'w-36',
      from: 'sm',
      cell: ({ row }) => <When at={row.original.at} />,
    },
    {
      id: 'outcome',
      header: t('calls.column.outcome'),
      width: 'w-20 sm:w-53',
      cell: ({ row }) => <OutcomeCell record={row.original} />,
    },
    {
      id: 'call',
      header: t('calls.column.call'),
      cell: ({ row: { original } }) => <CallCell record={original} names={names} />,
    },
    {
      id: 'api',
      header: t('calls.column.api'),
      width: 'w-36',
      from: 'xl',
      cell: ({ row: { original } }) => (
        <span className="block truncate font-mono text-xs text-ink-soft">{routeText(original)}</span>
      ),
    },
    {
      id: 'token',
      header: t('calls.column.token'),
      width: 'w-36',
      from: 'lg',
      cell: ({ row: { original } }) => (
        <span className="block truncate text-ink-soft">
          {original.token ? names.token(original.token) : '–'}
        </span>
      ),
    },
    {
      id: 'address',
      header: t('calls.column.from'),
      width: 'w-38',
      from: 'xl',
      cell: ({ row: { original } }) => (
        <span className="flex items-baseline gap-2 font-mono text-xs text-ink-soft">
          <span className="truncate">{original.address}</span>
          <span className="text-ink-faint">{original.country}</span>
        </span>
      ),
    },
    {
      id: 'took',
      header: t('calls.column.took'),
      width: 'w-20',
      from: 'sm',
      align: 'end',
      cell: ({ row }) => (
        <span className="font-mono text-xs text-ink-soft tabular">{took(row.original.timing.total_us)}</span>
      ),
    },
  ];
  return beside ? columns.filter(({ id }) => !['api', 'token', 'address'].includes(id ?? '')) : columns;
}

export function routeText({ api_name: api, route }: CallRecord): string {
  return api ? (route ? `${api} · ${route}` : api) : '–';
}

function When({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow();
  const { day, time } = callTime(at, zone, now);
  return (
    // A plain title: rows come and go by the hundred while one scrolls.
    <time
      dateTime={at}
      title={absoluteTime(new Date(at), zone)}
      className="font-mono text-xs whitespace-nowrap text-ink-soft tabular"
    >
      {day && <span className="me-1.5 text-ink-faint">{day}</span>}
      {day ? time.slice(0, 8) : time}
    </time>
  );
}

function OutcomeCell({ record }: { record: CallRecord }) {
  const outcome = outcomeOf(record);
  return (
    <Status tone={outcome === 'answered' && record.status >= 400 ? 'neutral' : outcomeTones[outcome]}>
      <span className="inline-flex gap-2 font-mono text-xs tabular">
        <bdi>{statusText(record.status)}</bdi>
        {record.code && <bdi className="text-ink-soft max-sm:hidden">{record.code}</bdi>}
      </span>
      <span className="sr-only">{t(`calls.outcome.${outcome}`)}</span>
    </Status>
  );
}

function CallCell({ record, names }: { record: CallRecord; names: Names }) {
  return (
    <div className="min-w-0">
      <Link
        to="."
        search={(before: object) => ({ ...before, call: record.request_id })}
        replace
        className="block truncate rounded-sm font-mono text-xs"
      >
        <bdi>
          <span className="text-ink-faint">{record.method}</span> {record.path}
        </bdi>
      </Link>
      <span className="mt-0.5 flex gap-1.5 text-xs text-ink-faint sm:hidden">
        <Time at={record.at} />
        <span className="truncate">{record.token && names.token(record.token)}</span>
      </span>
    </div>
  );
}
