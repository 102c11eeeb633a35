import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCan, useSession, useTeamName } from '../session/session';
import { installationTeam } from '../session/team';
import { Away } from './Away';
import { FirstSteps } from './FirstSteps';
import { everCalledQuery } from './queries';
import { isSkipped, skip } from './skipped';

export function OverviewPage() {
  const team = useTeamName();
  return <OverviewOf key={team} team={team} />;
}

/** The first steps where no call has come through yet; what happened meanwhile otherwise, which is the more likely. */
function OverviewOf({ team }: { team: string }) {
  const can = useCan();
  const { memberships } = useSession();
  // The installation's own team begins with making another, and with nothing else.
  const [skipped, setSkipped] = useState(
    () => isSkipped(team) || (team === installationTeam && memberships.length > 1),
  );
  const called = useQuery({ ...everCalledQuery(team), enabled: can('keyward:calls.read') && !skipped });
  if (called.data === false && !skipped) {
    return (
      <FirstSteps
        team={team}
        onDone={() => {
          skip(team);
          setSkipped(true);
        }}
      />
    );
  }
  return <Away team={team} />;
}
