import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { AuditSearch } from '../audit/search';
import { TrailView } from '../audit/TrailView';
import { t } from '../messages/messages';
import { usersQuery } from './queries';

/** The trail of the installation as a whole. */
export function TrailPage() {
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/installation/audit' });
  const change = useCallback(
    (next: Partial<AuditSearch>) =>
      void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const users = useQuery(usersQuery);
  return (
    <TrailView
      trail="installation"
      title={t('operator.trail')}
      text={t('operator.trail.text')}
      search={search}
      people={users.data ?? []}
      onChange={change}
    />
  );
}
