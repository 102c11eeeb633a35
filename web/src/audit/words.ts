import { hasMessage, t } from '../messages/messages';
import type { Actor, AuditEvent } from './queries';

/** Who acted, as a name. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'token':
    case 'user':
      return actor.name;
    case 'machine':
      return actor.command;
    case 'keyward':
      return actor.job;
    default:
      return t('audit.actor.stranger');
  }
}

/** What was done, in words; the action itself where there are none for it. */
export function actionText(action: string): string {
  const exact = `audit.action.${action}`;
  if (hasMessage(exact)) return t(exact);
  const [kind = '', verb = ''] = action.split('.');
  const kindId = `audit.kind.${kind}`;
  const verbId = `audit.verb.${verb}`;
  if (!hasMessage(kindId) || !hasMessage(verbId)) return action;
  return t('audit.did', { verb: t(verbId), kind: t(kindId) });
}

/** What it was done to, by the name it had then. */
export function targetName(event: Pick<AuditEvent, 'target' | 'target_name'>): string {
  return event.target_name || event.target;
}
