import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client';
import { hasMessage, t } from '../messages/messages';
import { T } from '../messages/T';
import { Section } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { Time } from '../ui/Time';
import { latestEventsQuery } from './queries';

type Event = Schemas['AuditEvent'];

/** What people and programs changed last. */
export function LatestEvents({ team }: { team: string }) {
  const query = useQuery(latestEventsQuery(team));
  return (
    <Section
      title={t('overview.events')}
      className="mb-0! min-w-0"
      actions={
        <Link
          to="/teams/$team/audit"
          params={{ team }}
          className="rounded-sm text-sm text-accent-ink hover:underline"
        >
          {t('overview.events.all')}
        </Link>
      }
    >
      <Loaded query={query} skeleton={<EventsSkeleton />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="py-1 text-sm text-ink-soft">{t('overview.events.none')}</p>
          ) : (
            <ol className="border-t">
              {items.map((event) => (
                <li key={event.sequence} className="flex items-baseline gap-4 border-b py-2 text-sm">
                  <span className="min-w-0 flex-1 text-ink-soft">
                    <Happened event={event} />
                  </span>
                  <Time at={event.at} className="text-ink-faint" />
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Section>
  );
}

function Happened({ event }: { event: Event }) {
  const b = (parts: ReactNode) => <strong className="font-medium text-ink">{parts}</strong>;
  const [noun = '', verb = ''] = event.action.split('.');
  const id = noun === 'session' ? `overview.event.session.${verb}` : `overview.event.${verb}`;
  const values = {
    who: whoOf(event.actor),
    what: event.target_name || event.target,
    kind: t(`overview.kind.${event.kind}`),
    b,
  };
  if (hasMessage(id)) return <T id={id} values={values} />;
  return <T id="overview.event" values={{ ...values, action: event.action }} />;
}

function whoOf(actor: Event['actor']): string {
  switch (actor.kind) {
    case 'token':
    case 'user':
      return actor.name;
    case 'machine':
      return actor.command;
    case 'stranger':
      return t('overview.who.stranger');
    default:
      return t('shell.product');
  }
}

function EventsSkeleton() {
  return (
    <div aria-hidden className="border-t">
      {Array.from({ length: 6 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row} className="flex h-9 items-center justify-between border-b">
          <Bone className={row % 2 === 0 ? 'w-56' : 'w-40'} />
          <Bone className="w-16" />
        </div>
      ))}
    </div>
  );
}
