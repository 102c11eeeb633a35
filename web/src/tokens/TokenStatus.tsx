import type { Schemas } from '../api/client';
import { type MessageId, t } from '../messages/messages';
import { Status, type Tone } from '../ui/Badge';

const tones: Record<Schemas['TokenStatus'], Tone> = {
  active: 'allowed',
  rotating: 'accent',
  pending: 'warning',
  not_yet_valid: 'neutral',
  disabled: 'neutral',
  expired: 'neutral',
  revoked: 'refused',
};

export function statusText(status: Schemas['TokenStatus']): string {
  return t(`tokens.status.${status}` satisfies MessageId);
}

export function TokenStatus({ status }: { status: Schemas['TokenStatus'] }) {
  return (
    <Status
      tone={tones[status]}
      hollow={status === 'disabled' || status === 'expired' || status === 'not_yet_valid'}
    >
      {statusText(status)}
    </Status>
  );
}
