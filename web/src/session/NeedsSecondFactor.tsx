import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { stepUp } from '../api/step-up';
import { t } from '../messages/messages';
import { Button, ButtonLink } from '../ui/Button';
import { Empty } from '../ui/States';
import { type Membership, sessionQuery, useSession } from './session';

/** In place of a team that asks for a second factor which was not proved in this session. */
export function NeedsSecondFactor({ membership }: { membership: Membership }) {
  const { second_factor } = useSession();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const team = membership.team.title || membership.team.name;
  const has = second_factor.methods.length > 0;

  async function prove() {
    setBusy(true);
    await stepUp(second_factor.methods);
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    setBusy(false);
  }

  return (
    <Empty
      heading="h1"
      title={t('places.needed.title', { team })}
      text={t(has ? 'places.needed.prove.text' : 'places.needed.add.text')}
      action={
        has ? (
          <Button tone="primary" busy={busy} onClick={() => void prove()}>
            {t('places.needed.prove')}
          </Button>
        ) : (
          <ButtonLink to="/account" tone="primary">
            {t('places.needed.add')}
          </ButtonLink>
        )
      }
    />
  );
}
