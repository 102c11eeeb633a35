import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { Status } from '../ui/Badge';
import { Bone } from '../ui/States';
import { Tip } from '../ui/Tip';
import { healthQuery, usable } from './health';

/** The health of an upstream in a few words, for a cell of a table. */
export function HealthWord({ team, name }: { team: string; name: string }) {
  const { data } = useQuery(healthQuery(team, name, 10));
  if (!data) return <Bone className="h-4 w-20" />;
  if (data.problem)
    return (
      <Tip text={data.problem}>
        <span>
          <Status tone="warning">{t('upstreams.verdict.unknown')}</Status>
        </span>
      </Tip>
    );
  const { usable: well, of } = usable(data.targets);
  if (well === of) {
    const probed = data.targets.some(({ health }) => health !== 'unknown');
    return (
      <Status tone={probed ? 'allowed' : 'neutral'} hollow={!probed}>
        {probed ? t('upstreams.health.all', { count: of }) : t('upstreams.health.unknown')}
      </Status>
    );
  }
  return (
    <Status tone={well === 0 ? 'refused' : 'warning'}>
      {well === 0 ? t('upstreams.health.none') : t('upstreams.health.some', { usable: well, count: of })}
    </Status>
  );
}
