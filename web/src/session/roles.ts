import { hasMessage, t } from '../messages/messages';

/** What a role is called: those that come with Keyward in words, others by their name. */
export function roleName(role: string | null | undefined): string {
  if (!role) return t('places.role.none');
  const id = `places.role.${role}`;
  return hasMessage(id) ? t(id) : role;
}
