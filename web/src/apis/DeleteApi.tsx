import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { DeleteDialog } from '../resources/DeleteDialog';
import { type Api, resourcesQuery } from '../resources/resource';
import { lastHourQuery } from '../resources/traffic';

interface DeleteApiProps {
  team: string;
  api: Api;
  onClose: () => void;
  onDeleted: () => void;
}

/** The last version of an api can be deleted when no subscription names it. */
export function DeleteApi({ team, api, onClose, onDeleted }: DeleteApiProps) {
  const apis = useQuery(resourcesQuery('apis', team));
  const subscriptions = useQuery(resourcesQuery('subscriptions', team));
  const traffic = useQuery(lastHourQuery(team, 'api', { api: api.name }));
  const last = apis.data?.every((one) => one.id === api.id || one.spec.api !== api.spec.api);
  const reading = apis.isPending || subscriptions.isPending;
  const naming = last ? (subscriptions.data ?? []).filter(({ spec }) => spec.api === api.spec.api) : [];
  return (
    <DeleteDialog
      kind="apis"
      resource={api}
      confirm={t('apis.delete')}
      text={t('apis.delete.text')}
      dependants={
        reading
          ? undefined
          : naming.map(({ id, name, spec }) => ({
              key: id,
              label: name,
              how: t('apis.delete.subscription', { app: spec.app }),
              link: {
                to: '/teams/$team/apis/$name',
                params: { team, name: api.name },
                search: { tab: 'subscriptions' },
              },
            }))
      }
      calls={traffic.data?.by.get(api.name)?.calls}
      onClose={onClose}
      onDeleted={onDeleted}
    />
  );
}
