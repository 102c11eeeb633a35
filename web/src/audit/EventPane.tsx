import { Link } from '@tanstack/react-router';
import { ListFilter } from 'lucide-react';
import type { ReactNode } from 'react';
import { absoluteTime } from '../format/time';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Code, Mono } from '../ui/Code';
import { CopyButton } from '../ui/CopyButton';
import { Disclosure } from '../ui/Disclosure';
import { Facts } from '../ui/Page';
import { SidePane } from '../ui/SidePane';
import { Bone } from '../ui/States';
import { useZone } from '../ui/Time';
import { ActorIcon } from './ActorIcon';
import { Difference } from './Difference';
import type { AuditEvent, Trail } from './queries';
import type { AuditSearch } from './search';
import { targetLink } from './target-link';
import { actionText, actorName, targetName } from './words';

interface EventPaneProps {
  trail: Trail;
  /** None while it is being looked for, or where the filters leave it out. */
  event: AuditEvent | undefined;
  place: string;
  searching: boolean;
  onChange: (next: Partial<AuditSearch>) => void;
  onPrevious?: () => void;
  onNext?: () => void;
}

/** One event of a trail with what was before and after. */
export function EventPane({ trail, event, place, searching, onChange, onPrevious, onNext }: EventPaneProps) {
  return (
    <SidePane
      label={t('audit.event', { place })}
      title={<h2 className="truncate text-base font-semibold">{t('audit.event', { place })}</h2>}
      onClose={() => onChange({ event: undefined })}
      onPrevious={onPrevious}
      onNext={onNext}
    >
      {event ? (
        <Details trail={trail} event={event} onChange={onChange} />
      ) : searching ? (
        <div aria-busy="true">
          <Bone className="mb-3 w-2/3" />
          <Bone className="w-1/2" />
        </div>
      ) : (
        <p className="text-sm text-ink-soft">{t('audit.event.absent')}</p>
      )}
    </SidePane>
  );
}

interface DetailsProps {
  trail: Trail;
  event: AuditEvent;
  onChange: (next: Partial<AuditSearch>) => void;
}

function Details({ trail, event, onChange }: DetailsProps) {
  const zone = useZone();
  const { actor } = event;
  const link = trail === 'installation' ? undefined : targetLink(trail.team, event);
  return (
    <div className="flex flex-col gap-6">
      <p className="text-base break-words">
        <span className="font-semibold">{actionText(event.action)}</span>{' '}
        <span className="text-ink-soft">{targetName(event)}</span>
      </p>
      <Facts
        items={[
          [t('audit.fact.at'), absoluteTime(new Date(event.at), zone)],
          [
            t('audit.fact.actor'),
            <Filterable
              key="actor"
              filter={'id' in actor ? () => onChange({ actor: actor.id }) : undefined}
              label={t('audit.only.actor')}
            >
              <span className="flex items-center gap-2">
                <ActorIcon actor={actor} />
                {actorName(actor)}
              </span>
              {'id' in actor && <Mono className="block text-xs text-ink-faint">{actor.id}</Mono>}
            </Filterable>,
          ],
          Boolean(event.address) && [t('audit.fact.address'), <Mono key="address">{event.address}</Mono>],
          Boolean(event.agent) && [t('audit.fact.agent'), event.agent],
          [t('audit.fact.action'), <Mono key="action">{event.action}</Mono>],
          [
            t(`audit.kinds.${event.kind}`),
            <Filterable
              key="target"
              filter={() => onChange({ target: event.target })}
              label={t('audit.only.target')}
            >
              {link ? (
                <Link {...link} className="rounded-sm text-accent-ink hover:underline">
                  {targetName(event)}
                </Link>
              ) : (
                targetName(event)
              )}
              <Mono className="block text-xs text-ink-faint">{event.target}</Mono>
            </Filterable>,
          ],
          Boolean(event.reason) && [t('audit.fact.reason'), event.reason],
          event.request_id
            ? [
                t('audit.fact.request'),
                <Copied key="id" text={event.request_id} what={t('audit.fact.request')} />,
              ]
            : null,
          [t('audit.fact.hash'), <Copied key="hash" text={event.hash} what={t('audit.fact.hash')} />],
        ]}
      />
      <section>
        <h3 className="mb-2 text-sm font-semibold">
          {t(event.before && event.after ? 'audit.changed' : event.before ? 'audit.was' : 'audit.is')}
        </h3>
        <Difference before={event.before} after={event.after} />
      </section>
      {(event.before || event.after) && (
        <Disclosure title={t('audit.raw')}>
          <div className="flex flex-col gap-3 pb-4">
            {event.before && <Raw title={t('audit.before')} value={event.before} />}
            {event.after && <Raw title={t('audit.after')} value={event.after} />}
          </div>
        </Disclosure>
      )}
    </div>
  );
}

function Filterable({
  filter,
  label,
  children,
}: {
  filter?: () => void;
  label: string;
  children: ReactNode;
}) {
  return (
    <span className="flex items-start justify-between gap-2">
      <span className="min-w-0 break-words">{children}</span>
      {filter && (
        <Button
          size="sm"
          tone="quiet"
          className="-my-1"
          icon={<ListFilter className="size-3.5" aria-hidden />}
          onClick={filter}
        >
          {label}
        </Button>
      )}
    </span>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-start gap-1">
      <Mono className="min-w-0 text-xs leading-5 break-all">{text}</Mono>
      <span className="-my-1 shrink-0">
        <CopyButton text={text} what={what} />
      </span>
    </span>
  );
}

function Raw({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <p className="mb-1 text-xs font-medium text-ink-faint">{title}</p>
      <Code text={JSON.stringify(value, null, 2)} what={title} className="[&_pre]:max-h-80" />
    </div>
  );
}
