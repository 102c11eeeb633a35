import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { request, type Schemas } from '../api/client';
import { ProblemError } from '../api/problem';
import { isAtWork, signInAgain } from '../api/session-end';
import { holds, tokenRights } from './scopes';

export type Membership = Schemas['MembershipBody'];
export type Session = Schemas['SignedInBody'] & { state: 'signed_in' };
export type SessionAnswer = Schemas['SessionBody'];
export type SecondFactorNeeded = Exclude<SessionAnswer, Session>;
export type Factor = Schemas['Factor'];

/** Whoever is signed in: null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionAnswer | null> => {
    try {
      const answer = await readSession(signal);
      // In another window of this browser somebody has begun to sign in, and is not through with it.
      if (isAtWork() && !isSignedIn(answer) && (await signInAgain(true))) return await readSession(signal);
      return answer;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401 && !isAtWork()) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

function readSession(signal?: AbortSignal): Promise<SessionAnswer> {
  return request<SessionAnswer>('get', '/api/v1/session', { signal });
}

export function isSignedIn(session: SessionAnswer | null | undefined): session is Session {
  return Boolean(session && 'user' in session);
}

/** The session, on pages that nobody sees without one. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!isSignedIn(data)) throw new Error('this page is only for people who are signed in');
  return data;
}

/** The name of the team in the address. */
export function useTeamName(): string {
  const { team } = useParams({ strict: false });
  if (team === undefined) throw new Error('this page is not one of a team');
  return team;
}

/** The membership of the team in the address, or none on pages of no team. */
export function useMembership(): Membership | undefined {
  const { data } = useQuery(sessionQuery);
  const { team } = useParams({ strict: false });
  return isSignedIn(data) ? data.memberships.find((one) => one.team.name === team) : undefined;
}

/** Whether the person may do what a scope of the management API stands for, in the team in the address. */
export function useCan(): (scope: string) => boolean {
  const membership = useMembership();
  return (scope) => holds(membership?.scopes ?? [], scope);
}

/** What the person may do with tokens of the team in the address: with all of them, or with those of their own apps. */
export function useTokenRights() {
  const membership = useMembership();
  return tokenRights(membership);
}
