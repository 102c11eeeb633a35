import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../messages/messages';
import { useCan, useTeamName } from '../session/session';
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
  const [skipped, setSkipped] = useState(() => isSkipped(team));
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
