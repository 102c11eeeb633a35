import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { MoreHorizontal, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { t } from '../messages/messages';
import { useCommands } from '../shell/commands';
import { useIsFirstStep } from '../shell/first-steps';
import { useShortcut } from '../shell/shortcuts';
import { Badge } from '../ui/Badge';
import { Button, IconButton } from '../ui/Button';
import { type Column, DataTable, TableSkeleton } from '../ui/DataTable';
import { Menu, MenuItem } from '../ui/Menu';
import { Page } from '../ui/Page';
import { Empty, Loaded } from '../ui/States';
import { Time } from '../ui/Time';
import { DeleteTeam } from './DeleteTeam';
import { NewTeamDialog } from './NewTeamDialog';
import { type Team, teamsQuery } from './queries';

/** The teams of the installation. */
export function TeamsPage() {
  const teams = useQuery(teamsQuery);
  const navigate = useNavigate();
  const [creating, setCreating] = useState(useIsFirstStep());
  const [deleting, setDeleting] = useState<Team>();
  const create = () => setCreating(true);
  useShortcut('c', create, { label: t('operator.teams.create'), group: t('shell.shortcuts.here') });
  useCommands([{ label: t('operator.teams.create'), run: create }]);
  const columns = useMemo<Column<Team>[]>(
    () => [
      {
        id: 'title',
        header: t('operator.teams.title.column'),
        cell: ({ row: { original } }) => (
          <div className="min-w-0 leading-4">
            <Link
              to="/teams/$team"
              params={{ team: original.name }}
              className="block truncate rounded-sm leading-5 font-medium hover:underline"
            >
              {original.spec.title || original.name}
            </Link>
            <span className="block truncate font-mono text-xs text-ink-faint">{original.name}</span>
          </div>
        ),
      },
      {
        id: 'rules',
        header: t('operator.teams.rules'),
        width: 'w-72',
        from: 'lg',
        cell: ({ row: { original } }) => <Rules team={original} />,
      },
      {
        id: 'zone',
        header: t('operator.teams.zone'),
        width: 'w-44',
        from: 'md',
        cell: ({ row: { original } }) => <span className="block truncate">{original.spec.zone}</span>,
      },
      {
        id: 'created',
        header: t('operator.created'),
        width: 'w-36',
        from: 'sm',
        cell: ({ row: { original } }) => <Time at={original.created_at} className="text-ink-soft" />,
      },
    ],
    [],
  );
  const button = (
    <Button tone="primary" icon={<Plus className="size-4" aria-hidden />} onClick={create}>
      {t('operator.teams.create')}
    </Button>
  );
  return (
    <Page title={t('operator.teams')} text={t('operator.teams.text')} actions={button}>
      <Loaded query={teams} skeleton={<TableSkeleton columns={4} rows={4} />}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('operator.teams.none')} action={button} />
          ) : (
            <DataTable
              label={t('operator.teams')}
              columns={columns}
              rows={rows}
              rowId={({ id }) => id}
              rowName={({ name }) => name}
              rowHeight={48}
              onOpen={({ name }) => void navigate({ to: '/teams/$team', params: { team: name } })}
              rowActions={(team) => (
                <Menu
                  trigger={
                    <IconButton size="sm" label={t('ui.table.rowActions', { what: team.name })}>
                      <MoreHorizontal className="size-4" aria-hidden />
                    </IconButton>
                  }
                >
                  <MenuItem link={<Link to="/teams/$team/people" params={{ team: team.name }} />}>
                    {t('operator.teams.people')}
                  </MenuItem>
                  <MenuItem link={<Link to="/teams/$team/settings" params={{ team: team.name }} />}>
                    {t('operator.teams.settings')}
                  </MenuItem>
                  <MenuItem danger onSelect={() => setDeleting(team)}>
                    {t('operator.teams.delete')}
                  </MenuItem>
                </Menu>
              )}
            />
          )
        }
      </Loaded>
      {creating && <NewTeamDialog onClose={() => setCreating(false)} />}
      {deleting && <DeleteTeam team={deleting} onClose={() => setDeleting(undefined)} />}
    </Page>
  );
}

function Rules({ team: { spec } }: { team: Team }) {
  const rules = [
    spec.members?.require_second_factor && t('operator.teams.rule.second'),
    spec.tokens?.require_approval && t('operator.teams.rule.approval'),
    spec.tokens?.maximum_age && t('operator.teams.rule.age', { days: spec.tokens.maximum_age.days }),
  ].filter((rule) => typeof rule === 'string');
  return (
    <span className="flex gap-1.5">
      {rules.map((rule) => (
        <Badge key={rule}>{rule}</Badge>
      ))}
    </span>
  );
}
