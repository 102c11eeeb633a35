import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { deleteResource, putResource, type Subscription } from '../resources/resource';
import type { Tone } from '../ui/Badge';
import { problemText } from '../ui/States';
import { toast } from '../ui/toast';
import type { State } from './states';

export const tones: Record<State, Tone> = {
  pending: 'warning',
  active: 'allowed',
  suspended: 'neutral',
  rejected: 'refused',
  ended: 'neutral',
};

export function stateOf(subscription: Subscription): State {
  return subscription.spec.state ?? 'active';
}

export function stateText(state: State): string {
  return t(`subscriptions.state.${state}`);
}

type Step = 'approve' | 'reject' | 'suspend' | 'resume' | 'end';

/** What can be made of a subscription, by where it stands. */
export const steps: Record<State, readonly { step: Step; to: State }[]> = {
  pending: [
    { step: 'approve', to: 'active' },
    { step: 'reject', to: 'rejected' },
  ],
  active: [
    { step: 'suspend', to: 'suspended' },
    { step: 'end', to: 'ended' },
  ],
  suspended: [
    { step: 'resume', to: 'active' },
    { step: 'end', to: 'ended' },
  ],
  rejected: [{ step: 'approve', to: 'active' }],
  ended: [{ step: 'resume', to: 'active' }],
};

export function useSubscriptionActions(team: string) {
  const client = useQueryClient();
  return {
    move: (subscription: Subscription, to: State) => move(client, team, subscription, to),
    remove: (subscription: Subscription) => remove(client, team, subscription),
  };
}

async function move(client: QueryClient, team: string, subscription: Subscription, to: State): Promise<void> {
  const { name, spec, version } = subscription;
  const before = stateOf(subscription);
  try {
    const changed = await putResource('subscriptions', team, name, { ...spec, state: to }, { version });
    toast({
      title: t('subscriptions.done', { app: spec.app, api: spec.api, state: stateText(to) }),
      undo: () => void move(client, team, changed, before),
    });
  } catch (error) {
    tell(error);
  }
  await client.invalidateQueries({ queryKey: ['subscriptions', team] });
}

async function remove(client: QueryClient, team: string, subscription: Subscription): Promise<void> {
  const { name, spec, version } = subscription;
  try {
    await deleteResource('subscriptions', team, name, { version });
    toast({
      title: t('subscriptions.deleted', { app: spec.app, api: spec.api }),
      undo: () =>
        void putResource('subscriptions', team, name, spec, {})
          .catch(tell)
          .then(() => client.invalidateQueries({ queryKey: ['subscriptions', team] })),
    });
  } catch (error) {
    tell(error);
  }
  await client.invalidateQueries({ queryKey: ['subscriptions', team] });
}

function tell(error: unknown): void {
  const meanwhile = error instanceof ProblemError && error.code === 'precondition_failed';
  toast({
    title: t('subscriptions.failed'),
    text: meanwhile ? t('subscriptions.changedMeanwhile') : problemText(error).text,
    tone: 'refused',
  });
}
