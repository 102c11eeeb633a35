import type { Schemas } from '../api/client';

export type State = Schemas['SubscriptionState'];
export const states = [
  'pending',
  'active',
  'suspended',
  'rejected',
  'ended',
] as const satisfies readonly State[];
