import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schemas } from '../../api/client';
import { ExplanationView } from '../../calls/ExplanationView';
import { took } from '../../format/durations';
import { t } from '../../messages/messages';
import { Status } from '../../ui/Badge';
import { type Column, DataTable, TableSkeleton } from '../../ui/DataTable';
import { Dialog } from '../../ui/Dialog';
import { Bone, Empty, Loaded } from '../../ui/States';
import { Time } from '../../ui/Time';
import { callsOfTokenQuery, type Token } from '../queries';

type CallRecord = Schemas['CallRecord'];

export function CallsTab({ team, token }: { team: string; token: Token }) {
  const calls = useQuery(callsOfTokenQuery(team, token.id));
  const [open, setOpen] = useState<CallRecord>();
  return (
    <Loaded query={calls} skeleton={<TableSkeleton />}>
      {({ items, next }) => (
        <>
          {items.length === 0 ? (
            <Empty title={t('tokens.calls.none.title')} text={t('tokens.calls.none.text')} />
          ) : (
            <DataTable
              label={t('tokens.calls.list')}
              columns={columns}
              rows={items}
              rowId={(record) => record.request_id}
              rowName={(record) => record.path}
              onOpen={setOpen}
            />
          )}
          {next && (
            <p className="py-3 text-center text-sm text-ink-faint">
              {t('tokens.calls.latest', { count: items.length })}
            </p>
          )}
          {open && <WhyDialog team={team} record={open} onClose={() => setOpen(undefined)} />}
        </>
      )}
    </Loaded>
  );
}

const columns: Column<CallRecord>[] = [
  {
    id: 'at',
    header: () => t('tokens.calls.time'),
    width: 'w-36',
    from: 'md',
    cell: ({ row }) => <Time at={row.original.at} className="text-ink-soft" />,
  },
  {
    id: 'call',
    header: () => t('tokens.calls.call'),
    cell: ({ row }) => (
      <span className="block truncate font-mono text-xs">
        <span className="text-ink-soft">{row.original.method}</span> {row.original.path}
      </span>
    ),
  },
  {
    id: 'outcome',
    header: () => t('tokens.calls.outcome'),
    width: 'w-36 sm:w-44',
    cell: ({ row: { original } }) => <Outcome record={original} />,
  },
  {
    id: 'status',
    header: () => t('tokens.calls.status'),
    width: 'w-16',
    from: 'sm',
    align: 'end',
    cell: ({ row }) => <span className="font-mono text-xs">{row.original.status}</span>,
  },
  {
    id: 'took',
    header: () => t('tokens.calls.took'),
    width: 'w-24',
    from: 'sm',
    align: 'end',
    cell: ({ row }) => (
      <span className="font-mono text-xs text-ink-soft">{took(row.original.timing.total_us)}</span>
    ),
  },
  {
    id: 'address',
    header: () => t('tokens.calls.from'),
    width: 'w-36',
    from: 'lg',
    cell: ({ row }) => <span className="font-mono text-xs text-ink-soft">{row.original.address}</span>,
  },
];

/** Refused by Keyward, failed behind it, or fine. */
function Outcome({ record }: { record: CallRecord }) {
  const refused = (record.checks ?? []).some((check) => check.verdict === 'fail');
  if (refused) return <Status tone="refused">{record.code}</Status>;
  if (record.code || record.status >= 500 || record.status === 0) {
    return <Status tone="warning">{record.code ?? String(record.status)}</Status>;
  }
  return <Status tone="allowed">{t('calls.allowed')}</Status>;
}

function WhyDialog({ team, record, onClose }: { team: string; record: CallRecord; onClose: () => void }) {
  const explanation = useQuery({
    queryKey: ['calls', team, 'explanation', record.request_id],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/calls/{request_id}/explanation', {
        path: { team, request_id: record.request_id },
        signal,
      }),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      width="lg"
      reading
      title={t('tokens.calls.why', { call: `${record.method} ${record.path}` })}
      text={<span className="font-mono text-xs">{record.request_id}</span>}
    >
      <Loaded query={explanation} skeleton={<Bone className="h-80 w-full" />}>
        {(data) => <ExplanationView explanation={data} />}
      </Loaded>
    </Dialog>
  );
}
