import { Pencil, Plus, X } from 'lucide-react';
import { memo, useMemo, useState } from 'react';
import { fieldErrorText } from '../api/problem';
import { t } from '../messages/messages';
import { useErrorsAt } from '../resources/errors';
import { useAt } from '../resources/form';
import { RowErrors } from '../resources/RowErrors';
import { Button, IconButton } from '../ui/Button';
import { type Column, DataTable } from '../ui/DataTable';
import type { RouteSpec } from './address';
import { RouteDialog } from './RouteDialog';
import { RouteScopes } from './RoutesTable';
import { Methods, PathText } from './words';

interface Entry {
  route: RouteSpec;
  index: number;
}

/** The routes of the api that is edited; each is changed in a dialog. */
export function RoutesAt() {
  const [routes = [], change] = useAt<RouteSpec[]>('routes');
  const [open, setOpen] = useState<{ index: number; before?: RouteSpec }>();
  const add = () => {
    change([...routes, { name: '', methods: ['GET'], path: '/' }]);
    setOpen({ index: routes.length });
  };
  const remove = (index: number) => {
    const left = routes.filter((_, at) => at !== index);
    change(left.length === 0 ? undefined : left);
  };
  const opened = open && routes[open.index];
  return (
    <div className="flex flex-col gap-3">
      <RowErrors path="routes" />
      <List routes={routes} onEdit={(index) => setOpen({ index, before: routes[index] })} onRemove={remove} />
      <div>
        <Button size="sm" icon={<Plus className="size-3.5" aria-hidden />} onClick={add}>
          {t('apis.routes.add')}
        </Button>
      </div>
      {open && opened && (
        <RouteDialog
          index={open.index}
          route={opened}
          isNew={!open.before}
          onDone={() => setOpen(undefined)}
          onCancel={() => {
            const { before } = open;
            setOpen(undefined);
            if (before) change(routes.with(open.index, before));
            else remove(open.index);
          }}
        />
      )}
    </div>
  );
}

interface ListProps {
  routes: readonly RouteSpec[];
  onEdit: (index: number) => void;
  onRemove: (index: number) => void;
}

// Typing elsewhere in the form does not draw hundreds of routes anew.
const List = memo(
  function List({ routes, onEdit, onRemove }: ListProps) {
    const rows = useMemo(() => routes.map((route, index) => ({ route, index })), [routes]);
    const columns = useMemo<Column<Entry>[]>(
      () => [
        {
          id: 'path',
          header: t('apis.routes.column.path'),
          cell: ({ row: { original } }) => (
            <div className="min-w-0">
              <div className="flex min-w-0 items-center gap-2">
                <Methods methods={original.route.methods} />
                <span className="truncate">
                  <PathText path={original.route.path} />
                </span>
              </div>
              <RouteErrors index={original.index} />
            </div>
          ),
        },
        {
          id: 'name',
          header: t('apis.routes.column.name'),
          width: 'w-32',
          from: 'md',
          cell: ({ row: { original } }) => (
            <span className="block truncate font-mono text-xs text-ink-soft">{original.route.name}</span>
          ),
        },
        {
          id: 'scopes',
          header: t('apis.routes.column.scopes'),
          width: 'w-40',
          from: 'sm',
          cell: ({ row: { original } }) => <RouteScopes route={original.route} />,
        },
        {
          id: 'actions',
          header: () => <span className="sr-only">{t('ui.table.actions')}</span>,
          width: 'w-20',
          cell: ({ row: { original } }) => (
            <span className="flex justify-end">
              <IconButton
                size="sm"
                label={t('apis.route.edit', { name: original.route.name })}
                onClick={() => onEdit(original.index)}
              >
                <Pencil className="size-3.5" aria-hidden />
              </IconButton>
              <IconButton
                size="sm"
                label={t('apis.route.remove', { name: original.route.name })}
                onClick={() => onRemove(original.index)}
              >
                <X className="size-4" aria-hidden />
              </IconButton>
            </span>
          ),
        },
      ],
      [onEdit, onRemove],
    );
    if (rows.length === 0) return <p className="text-sm text-ink-faint">{t('apis.routes.none')}</p>;
    return (
      <DataTable
        label={t('apis.section.routes')}
        columns={columns}
        rows={rows}
        rowId={({ index }) => String(index)}
        rowName={({ route }) => route.name}
        onOpen={({ index }) => onEdit(index)}
        rowHeight={38}
      />
    );
  },
  // The callbacks see the routes that they were made with, which are those that are shown.
  (before, after) => before.routes === after.routes,
);

function RouteErrors({ index }: { index: number }) {
  const errors = useErrorsAt(`routes[${index}]`);
  if (errors.length === 0) return null;
  return (
    <p data-invalid="" className="truncate text-xs text-refused">
      {errors.map((error) => `${error.field.split('.').at(-1)}: ${fieldErrorText(error)}`).join(' ')}
    </p>
  );
}
