import type { Schemas } from '../../api/client';

export const overlaps = ['0', '3600', '86400', '604800', '2592000'] as const;
export type Overlap = (typeof overlaps)[number];
export const extensions = [3600, 86_400, 604_800] as const;

/** The API's bound on a rotation as a whole. */
const longest = 30 * 86_400_000;

type Rotating = Pick<Schemas['Token'], 'expires_at' | 'rotation'>;

/** When the old token would end, and whether its own expiry is what ends it. */
export function overlapEnd(
  token: Pick<Schemas['Token'], 'expires_at'>,
  overlap: Overlap,
  now: number,
): { at: Date; capped: boolean } {
  const wanted = now + Number(overlap) * 1000;
  const own = token.expires_at ? Date.parse(token.expires_at) : Number.POSITIVE_INFINITY;
  return { at: new Date(Math.min(wanted, own)), capped: own < wanted };
}

/** The latest moment to which the overlap can be extended. */
export function latestEnd(token: Rotating): number {
  const begun = token.rotation ? Date.parse(token.rotation.at) + longest : 0;
  const before = token.rotation?.expires_at_before;
  return before ? Math.min(begun, Date.parse(before)) : begun;
}

/** The moment to which an extension goes, or none where it goes too far. */
export function extendedEnd(token: Rotating, seconds: number): Date | undefined {
  if (!token.expires_at) return undefined;
  const end = Date.parse(token.expires_at) + seconds * 1000;
  return end <= latestEnd(token) ? new Date(end) : undefined;
}

const hour = 3_600_000;

/** How much of a rotation is drawn, and in what steps: what changed in the last minutes has to be seen at first. */
export function chartOf({ rotation }: Rotating, now: number): { hours: number; step: string } {
  const age = rotation ? now - Date.parse(rotation.at) : 0;
  if (age < hour) return { hours: 1, step: '1m' };
  return age < 24 * hour ? { hours: 24, step: '15m' } : { hours: 168, step: '1h' };
}
