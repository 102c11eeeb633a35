import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { t } from '../messages/messages';
import { membersQuery } from '../people/queries';
import { useCan, useTeamName } from '../session/session';
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
  const can = useCan();
  const members = useQuery({ ...membersQuery(team), enabled: can('keyward:people.read') });
  const people = useMemo(() => (members.data ?? []).map(({ user }) => user), [members.data]);
  return (
    <TrailView
      trail={{ team }}
      title={t('audit.title')}
      text={t('audit.text')}
      search={search}
      people={people}
      onChange={change}
    />
  );
}
