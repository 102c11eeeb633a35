import { CircleHelp, Cog, KeyRound, Terminal, UserRound } from 'lucide-react';
import { t } from '../messages/messages';
import type { Actor } from './queries';

const icons = {
  user: UserRound,
  token: KeyRound,
  machine: Terminal,
  keyward: Cog,
  stranger: CircleHelp,
};

/** What kind of actor it is. */
export function ActorIcon({ actor }: { actor: Actor }) {
  const Icon = icons[actor.kind];
  return (
    <>
      <Icon className="size-4 shrink-0 text-ink-faint" strokeWidth={1.75} aria-hidden />
      <span className="sr-only">{t(`audit.actor.${actor.kind}`)}</span>
    </>
  );
}
