import { type Membership, useMembership } from '../session/session';

export function teamTitle({ team }: Membership): string {
  return team.title || team.name;
}

/** The team that is looked at. */
export function TeamName() {
  const membership = useMembership();
  if (!membership) return null;
  return (
    <span className={teamLook}>
      <TeamLabel title={teamTitle(membership)} />
    </span>
  );
}

export const teamLook = 'flex h-8 min-w-0 items-center gap-2 rounded-md px-1.5 text-base font-medium';

export function TeamLabel({ title }: { title: string }) {
  return (
    <>
      <span
        aria-hidden
        className="grid size-5 shrink-0 place-items-center rounded-sm bg-accent-soft text-xs font-semibold text-accent-ink"
      >
        {title.charAt(0).toUpperCase()}
      </span>
      <span className="truncate">{title}</span>
    </>
  );
}
