import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { dateAndTime } from '../../format/time';
import { t } from '../../messages/messages';
import { useTokenRights } from '../../session/session';
import { cx } from '../../ui/cx';
import { useMoment, useZone } from '../../ui/Time';
import type { Token } from '../queries';

/** What one has to know first: that it does not work, or not for long. */
export function Banner({ team, token }: { team: string; token: Token }) {
  const moment = useMoment();
  const zone = useZone();
  const rights = useTokenRights();
  const when = (at: string | null | undefined) => (at ? moment(new Date(at)) : '');
  const clock = (at: string | null | undefined) => (at ? dateAndTime(new Date(at), zone) : '');
  const rotation = (id: string, words: string) =>
    rights.of(token.app) && (
      <Link
        to="/teams/$team/tokens/$token/rotate"
        params={{ team, token: id }}
        className="ms-2 font-medium text-accent-ink hover:underline"
      >
        {words}
      </Link>
    );
  if (token.status === 'revoked') {
    const { at, reason } = token.revoked ?? {};
    return <Note tone="refused">{t('tokens.banner.revoked', { when: when(at), reason })}</Note>;
  }
  if (token.status === 'expired')
    return <Note>{t('tokens.banner.expired', { when: when(token.expires_at) })}</Note>;
  if (token.status === 'disabled') return <Note tone="warning">{t('tokens.banner.disabled')}</Note>;
  if (token.status === 'pending') return <Note tone="warning">{t('tokens.banner.pending')}</Note>;
  if (token.status === 'not_yet_valid')
    return <Note>{t('tokens.banner.notYet', { when: clock(token.not_before) })}</Note>;
  if (token.status === 'rotating') {
    return (
      <Note tone="accent">
        {t('tokens.banner.rotating', { when: clock(token.expires_at) })}
        {rotation(token.id, t('tokens.banner.rotating.open'))}
      </Note>
    );
  }
  if (token.predecessor) {
    return (
      <Note tone="accent">
        {t('tokens.banner.predecessor')}
        {rotation(token.predecessor, t('tokens.banner.predecessor.open'))}
      </Note>
    );
  }
  return null;
}

const tones = {
  neutral: 'bg-hover text-ink-soft',
  warning: 'bg-warning-soft text-warning',
  refused: 'bg-refused-soft text-refused',
  accent: 'bg-accent-soft text-ink',
};

function Note({ tone = 'neutral', children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return <p className={cx('-mt-1 mb-4 rounded-md px-3 py-2 text-sm', tones[tone])}>{children}</p>;
}
