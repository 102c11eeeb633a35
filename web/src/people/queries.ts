import { queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';

export type Member = Schemas['MemberBody'];
export type Invitation = Schemas['Invitation'];

export const membersQuery = (team: string) =>
  queryOptions({
    queryKey: ['people', team, 'members'],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/teams/{team}/members', { path: { team }, signal })).items,
  });

export const invitationsQuery = (team: string) =>
  queryOptions({
    queryKey: ['people', team, 'invitations'],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/teams/{team}/invitations', { path: { team }, signal })).items,
  });

/** The roles there are in a team: those that come with Keyward, and those that its policies define. */
export const teamRolesQuery = (team: string) =>
  queryOptions({
    queryKey: ['people', team, 'roles'],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/teams/{team}/roles', { path: { team }, signal })).roles,
    staleTime: 60_000,
  });

/** What each of the roles that come with Keyward may do, and the policies that say so. */
export const rolesQuery = queryOptions({
  queryKey: ['people', 'roles'],
  queryFn: ({ signal }) => call('get', '/api/v1/roles', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
