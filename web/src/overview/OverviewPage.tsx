import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../messages/messages';
import { useCan, useSession, useTeamName } from '../session/session';
import { installationTeam } from '../session/team';
import { Page } from '../ui/Page';
import { Bone } from '../ui/States';
import { Away } from './Away';
import { FirstSteps } from './FirstSteps';
import { everCalledQuery } from './queries';
import { isSkipped, skip } from './skipped';

export function OverviewPage() {
  const team = useTeamName();
  return <OverviewOf key={team} team={team} />;
}

/** The first steps until a call has come through; what happened meanwhile from then on. */
function OverviewOf({ team }: { team: string }) {
  const can = useCan();
  const { memberships } = useSession();
  // The installation's own team begins with making another, and with nothing else.
  const [skipped, setSkipped] = useState(
    () => isSkipped(team) || (team === installationTeam && memberships.length > 1),
  );
  const called = useQuery({ ...everCalledQuery(team), enabled: can('keyward:calls.read') && !skipped });
  if (called.isLoading) {
    return (
      <Page title={t('overview.title')}>
        <div aria-busy="true">
          <Bone className="h-24 w-full" />
        </div>
      </Page>
    );
  }
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
