import { useQuery } from '@tanstack/react-query';
import { apisWith } from '../connections/uses';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import { resourcesQuery } from '../resources/resource';
import { lastHourQuery } from '../resources/traffic';
import { useCan } from '../session/session';
import { Bone } from '../ui/States';

/** Whether calls of the last hour went where a secret is presented. */
export function SecretUse({ team, name }: { team: string; name: string }) {
  const can = useCan();
  const connections = useQuery(resourcesQuery('connections', team));
  const upstreams = useQuery(resourcesQuery('upstreams', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const traffic = useQuery({ ...lastHourQuery(team, 'api'), enabled: can('keyward:calls.read') });
  if (!connections.data || !upstreams.data || !apis.data) return <Bone className="w-24" />;
  const using = apisWith(name, connections.data, upstreams.data, apis.data);
  if (using.length === 0) return <None>{t('secrets.use.none')}</None>;
  if (!traffic.data) return <None>–</None>;
  // A refused call never reaches the service.
  const calls = using.reduce((sum, api) => {
    const one = traffic.data.by.get(api.name);
    return sum + (one ? one.calls - one.refusals : 0);
  }, 0);
  if (calls === 0) return <None>{t('secrets.use.quiet')}</None>;
  return <span className="text-ink-soft">{t('secrets.use.calls', { calls })}</span>;
}
