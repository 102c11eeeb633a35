import { oneOf } from '../shell/search';

export const peopleTabs = ['members', 'invitations', 'roles'] as const;
export type PeopleTab = (typeof peopleTabs)[number];

export function peopleSearch(raw: Record<string, unknown>): { tab?: PeopleTab } {
  return { tab: oneOf(raw.tab, peopleTabs) };
}
