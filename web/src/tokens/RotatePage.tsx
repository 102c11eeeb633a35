import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { useTeamName, useTokenRights } from '../session/session';
import { ButtonLink } from '../ui/Button';
import { Page } from '../ui/Page';
import { Bone, Empty, ErrorState, Loaded } from '../ui/States';
import { nameOf } from './actions';
import { NotYours } from './NotYours';
import { tokenQuery } from './queries';
import { Reveal } from './Reveal';
import { RotateForm } from './rotate/RotateForm';
import { Rotation } from './rotate/Rotation';

/** Putting a new secret in the place of an old one: the choice, the new secret, and the time when both work. */
export function RotatePage() {
  const team = useTeamName();
  const { token: id } = useParams({ from: '/inside/teams/$team/tokens/$token/rotate' });
  const rights = useTokenRights();
  const token = useQuery(tokenQuery(team, id));
  const [rotated, setRotated] = useState<Schemas['RotatedBody']>();
  if (rotated?.secret) return <Reveal team={team} token={rotated.token} secret={rotated.secret} />;

  if (token.isError && !token.data)
    return <ErrorState heading="h1" error={token.error} onRetry={() => void token.refetch()} />;
  if (token.data && !rights.of(token.data.app)) return <NotYours team={team} token={token.data} />;
  const name = token.data ? nameOf(token.data) : id;
  const under = token.data?.successor;
  return (
    <Page
      title={t(under ? 'tokens.rotation.title' : 'tokens.rotate.title', { name })}
      text={under ? undefined : t('tokens.rotate.text')}
      above={{ label: name, link: { to: '/teams/$team/tokens/$token', params: { team, token: id } } }}
      width="text"
    >
      <Loaded query={token} skeleton={<Bone className="h-40 w-full" />}>
        {(data) => {
          if (data.successor) return <Rotation team={team} old={data} successor={data.successor} />;
          if (data.status === 'active') return <RotateForm team={team} token={data} onRotated={setRotated} />;
          return (
            <Empty
              title={t('tokens.rotate.cannot.title')}
              text={t('tokens.rotate.cannot.text')}
              action={
                <ButtonLink to="/teams/$team/tokens/new" params={{ team }}>
                  {t('tokens.create')}
                </ButtonLink>
              }
            />
          );
        }}
      </Loaded>
    </Page>
  );
}
