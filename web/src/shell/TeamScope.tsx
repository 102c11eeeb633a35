import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { onRightsInDoubt } from '../api/rights-changed';
import { Forbidden } from '../session/Forbidden';
import { NeedsSecondFactor } from '../session/NeedsSecondFactor';
import { NotInTeam } from '../session/NotInTeam';
import {
  isSignedIn,
  sessionQuery,
  useCan,
  useMembership,
  useTeamName,
  useTokenRights,
} from '../session/session';
import { rememberTeam, teamQuery } from '../session/team';
import { ZoneContext } from '../ui/now';
import { rightFor } from './rights';

/** Pages of a team tell the time by its zone. */
export function TeamScope() {
  const name = useTeamName();
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const membership = useMembership();
  const can = useCan();
  const tokens = useTokenRights();
  const needs = useRouterState({ select: ({ matches }) => rightFor(matches.at(-1)?.fullPath ?? '') });
  // Whoever manages the tokens of some apps has use of their forms; those say for which apps.
  const reaches = (scope: string) => can(scope) || (scope === 'keyward:tokens.write' && tokens.any);
  const barred = Boolean(membership?.needs_second_factor);
  const { data: team } = useQuery({ ...teamQuery(name), enabled: !barred });
  useEffect(() => rememberTeam(name), [name]);
  useEffect(
    () =>
      onRightsInDoubt(() => {
        // Requests of one page are refused together.
        const known = client.getQueryState(sessionQuery.queryKey)?.dataUpdatedAt ?? 0;
        if (Date.now() - known > 2000)
          void client.invalidateQueries({ queryKey: sessionQuery.queryKey, exact: true });
      }),
    [client],
  );
  return (
    <ZoneContext value={team?.spec.zone ?? membership?.team.zone ?? 'UTC'}>
      {isSignedIn(session) && !membership ? (
        <NotInTeam team={name} />
      ) : membership && barred ? (
        <NeedsSecondFactor membership={membership} />
      ) : membership && needs && !reaches(needs) ? (
        <Forbidden membership={membership} />
      ) : (
        <Outlet />
      )}
    </ZoneContext>
  );
}
