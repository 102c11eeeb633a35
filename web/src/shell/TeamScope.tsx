import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { NeedsSecondFactor } from '../session/NeedsSecondFactor';
import { useMembership, useTeamName } from '../session/session';
import { rememberTeam, teamQuery } from '../session/team';
import { ZoneContext } from '../ui/now';

/** Pages of a team tell the time by its zone. */
export function TeamScope() {
  const name = useTeamName();
  const membership = useMembership();
  const barred = Boolean(membership?.needs_second_factor);
  const { data: team } = useQuery({ ...teamQuery(name), enabled: !barred });
  useEffect(() => rememberTeam(name), [name]);
  return (
    <ZoneContext value={team?.spec.zone ?? membership?.team.zone ?? 'UTC'}>
      {membership && barred ? <NeedsSecondFactor membership={membership} /> : <Outlet />}
    </ZoneContext>
  );
}
