import { t } from '../messages/messages';
import { None } from '../resources/bits';
import type { Column } from '../ui/DataTable';
import { Time } from '../ui/Time';
import { ActorIcon } from './ActorIcon';
import type { AuditEvent } from './queries';
import { actionText, actorName, targetName } from './words';

/** The columns of a trail; fewer of them while one event is open beside it. */
export function eventColumns(beside: boolean): Column<AuditEvent>[] {
  const columns: Column<AuditEvent>[] = [
    {
      id: 'at',
      header: t('audit.column.at'),
      width: 'w-28 sm:w-32',
      cell: ({ row: { original } }) => <Time at={original.at} className="text-ink-soft" />,
    },
    {
      id: 'actor',
      header: t('audit.column.actor'),
      width: 'w-44 lg:w-52',
      from: 'sm',
      cell: ({ row: { original } }) => (
        <span className="flex min-w-0 items-center gap-2">
          <ActorIcon actor={original.actor} />
          <span className="truncate">{actorName(original.actor)}</span>
        </span>
      ),
    },
    {
      id: 'action',
      header: t('audit.column.action'),
      cell: ({ row: { original } }) => (
        <span className="block min-w-0 leading-5">
          <span className="block truncate">
            <span className="font-medium">{actionText(original.action)}</span>{' '}
            <span className="text-ink-soft">{targetName(original)}</span>
          </span>
          <span className="block truncate text-xs text-ink-faint sm:hidden">{actorName(original.actor)}</span>
        </span>
      ),
    },
    {
      id: 'address',
      header: t('audit.column.address'),
      width: 'w-36',
      from: 'lg',
      cell: ({ row: { original } }) =>
        original.address ? (
          <span className="block truncate font-mono text-xs">{original.address}</span>
        ) : (
          <None>–</None>
        ),
    },
    {
      id: 'sequence',
      header: t('audit.column.sequence'),
      width: 'w-16',
      from: 'md',
      align: 'end',
      cell: ({ row: { original } }) => (
        <span className="font-mono text-xs text-ink-faint tabular">{original.sequence}</span>
      ),
    },
  ];
  return beside ? columns.slice(0, 3) : columns;
}
