import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { and } from '../../format/numbers';
import { t } from '../../messages/messages';
import { useCan } from '../../session/session';
import { Bone, Loaded } from '../../ui/States';
import { Time } from '../../ui/Time';
import { auditOfTokenQuery, type Token } from '../queries';
import { changedFields } from './changed';

/** What happened to the token, the latest first. */
export function AuditTab({ team, token }: { team: string; token: Token }) {
  const can = useCan();
  const may = can('keyward:audit.read');
  const events = useQuery({ ...auditOfTokenQuery(team, token.id), enabled: may });
  if (!may) return <p className="text-sm text-ink-faint">{t('tokens.audit.forbidden')}</p>;
  return (
    <Loaded query={events} skeleton={<Bone className="h-40 w-full max-w-4xl" />}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="text-sm text-ink-faint">{t('tokens.audit.none')}</p>
        ) : (
          <ol aria-label={t('tokens.audit.list')} className="max-w-4xl border-t">
            {items.map((event) => (
              <Event key={event.sequence} event={event} />
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

function Event({ event }: { event: Schemas['AuditEvent'] }) {
  const fields = changedFields(event.before, event.after);
  return (
    <li className="grid gap-x-4 border-b py-2.5 text-sm sm:grid-cols-[8rem_minmax(0,1fr)]">
      <Time at={event.at} className="text-ink-faint" />
      <div className="min-w-0">
        <p>
          <code className="font-mono text-xs font-medium">{event.action}</code>{' '}
          <span className="text-ink-soft">
            {t('tokens.audit.by', { who: actorName(event.actor) })}
            {event.address && ` ${t('tokens.audit.from', { address: event.address })}`}
          </span>
        </p>
        {event.reason && <p className="text-ink-soft">“{event.reason}”</p>}
        {fields.length > 0 && (
          <p className="text-ink-faint">{t('tokens.audit.changed', { fields: and(fields) })}</p>
        )}
      </div>
    </li>
  );
}

function actorName(actor: Schemas['Actor']): string {
  if ('name' in actor) return actor.name;
  if ('command' in actor) return actor.command;
  return t('tokens.audit.keyward');
}
