import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { t } from '../messages/messages';
import { useTeamName } from '../session/session';
import type { AuditSearch } from './search';
import { TrailView } from './TrailView';

/** The trail of a team. */
export function AuditPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/teams/$team/audit' });
  const change = useCallback(
    (next: Partial<AuditSearch>) =>
      void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  return (
    <TrailView
      trail={{ team }}
      title={t('audit.title')}
      text={t('audit.text')}
      search={search}
      onChange={change}
    />
  );
}
