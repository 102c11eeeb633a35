import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { DeleteDialog, type Dependant } from '../resources/DeleteDialog';
import { type App, resourcesQuery } from '../resources/resource';
import { isAlive, nameOf } from '../tokens/actions';
import { tokensOfAppQuery } from './AppTokens';

interface DeleteAppProps {
  team: string;
  app: App;
  calls?: number;
  onClose: () => void;
  onDeleted: () => void;
}

/** An app can be deleted when it has neither living tokens nor subscriptions. */
export function DeleteApp({ team, app, calls, onClose, onDeleted }: DeleteAppProps) {
  const tokens = useQuery(tokensOfAppQuery(team, app.name));
  const subscriptions = useQuery(resourcesQuery('subscriptions', team));
  const reading = tokens.isPending || subscriptions.isPending;
  const dependants: Dependant[] = [
    ...(tokens.data?.items ?? []).filter(isAlive).map((token) => ({
      key: token.id,
      label: nameOf(token),
      how: t('apps.delete.tokens.how'),
      link: { to: '/teams/$team/tokens/$token', params: { team, token: token.id } } as const,
    })),
    ...(subscriptions.data ?? [])
      .filter(({ spec }) => spec.app === app.name)
      .map(({ id, name, spec }) => ({
        key: id,
        label: name,
        how: t('apps.delete.subscription.how', { api: spec.api }),
        link: {
          to: '/teams/$team/apps/$name',
          params: { team, name: app.name },
          search: { tab: 'subscriptions' },
        } as const,
      })),
  ];
  return (
    <DeleteDialog
      kind="apps"
      resource={app}
      confirm={t('apps.delete')}
      text={t('apps.delete.text')}
      dependants={reading ? undefined : dependants}
      calls={calls}
      onClose={onClose}
      onDeleted={onDeleted}
    />
  );
}
