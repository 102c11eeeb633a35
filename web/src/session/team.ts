import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';

export const teamQuery = (team: string) =>
  queryOptions({
    queryKey: ['team', team],
    queryFn: ({ signal }) => call('get', '/api/v1/teams/{team}', { path: { team }, signal }),
    staleTime: 60_000,
  });

/** Of whoever runs Keyward: it is there from the beginning, and holds the tokens of operators. */
export const installationTeam = 'keyward';

const storageKey = 'keyward.team';

/** The team that was looked at last, to begin with the next time. */
export function lastTeam(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

export function rememberTeam(team: string): void {
  try {
    localStorage.setItem(storageKey, team);
  } catch {
    // Without storage one begins with the first team.
  }
}
