import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown } from 'lucide-react';
import { t } from '../messages/messages';
import { useMembership, useSession } from '../session/session';
import { cx } from '../ui/cx';
import { Menu, MenuChoice } from '../ui/Menu';
import { TeamLabel, TeamName, teamLook, teamTitle } from './TeamName';

/** Which team is looked at. Goes to the start page of the other one: what is seen here may not exist there. */
export function TeamSwitch() {
  const { memberships } = useSession();
  const membership = useMembership();
  const navigate = useNavigate();
  if (!membership) return null;
  if (memberships.length === 1) return <TeamName />;
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={cx(teamLook, 'hover:bg-hover')}>
          <span className="sr-only">{t('shell.team.switch')}</span>
          <TeamLabel title={teamTitle(membership)} />
          <ChevronsUpDown className="size-3.5 shrink-0 text-ink-faint" aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label={t('shell.team')}
        value={membership.team.name}
        onChange={(team) => void navigate({ to: '/teams/$team', params: { team } })}
        choices={memberships.map((one) => ({ value: one.team.name, label: teamTitle(one) }))}
      />
    </Menu>
  );
}
