import { useQuery } from '@tanstack/react-query';
import { hasMessage, t } from '../messages/messages';
import { roleName } from '../session/roles';
import type { Choice } from '../ui/Select';
import { teamRolesQuery } from './queries';

/** The roles of a team to choose from; one that somebody has is always among them. */
export function useRoleChoices(team: string, held?: string): Choice<string>[] {
  const { data = ['administrator', 'developer', 'viewer', 'auditor'] } = useQuery(teamRolesQuery(team));
  const roles = held && !data.includes(held) ? [...data, held] : data;
  return roles.map((role) => {
    const id = `people.role.${role}.text`;
    return {
      value: role,
      label: roleName(role),
      hint: hasMessage(id) ? t(id) : t('people.role.custom.text'),
    };
  });
}
