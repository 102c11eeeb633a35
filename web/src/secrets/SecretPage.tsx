import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api/client';
import { presented } from '../connections/auth';
import { connectionsWith } from '../connections/uses';
import { t } from '../messages/messages';
import { None, Origins, SourceBadge } from '../resources/bits';
import { DeleteDialog } from '../resources/DeleteDialog';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { same } from '../resources/json';
import { resourceQuery, resourcesQuery, type Secret } from '../resources/resource';
import { useCan } from '../session/session';
import { Button } from '../ui/Button';
import { Mono } from '../ui/Code';
import { MenuItem } from '../ui/Menu';
import { Facts, Page, Section } from '../ui/Page';
import { Loaded } from '../ui/States';
import { Time } from '../ui/Time';
import { SecretDialog } from './SecretDialog';
import { SecretUse } from './SecretUse';

export function SecretPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/secrets/$name' });
  const secret = useQuery(resourceQuery('secrets', team, name));
  return (
    <Loaded page query={secret} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} secret={data} />}
    </Loaded>
  );
}

function Detail({ team, secret }: { team: string; secret: Secret }) {
  const can = useCan();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'replace' | 'words' | 'delete'>();
  const close = () => setOpen(undefined);
  const connections = useQuery(resourcesQuery('connections', team));
  const { name, spec } = secret;
  const uses = connections.data && connectionsWith(name, connections.data);
  return (
    <Page
      title={name}
      text={spec.description}
      above={{ label: t('secrets.title'), link: { to: '/teams/$team/secrets', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-3">
          <span className="font-mono text-lg">{name}</span>
          <SourceBadge source={secret.source} />
        </span>
      }
      actions={
        <DetailActions
          kind="secrets"
          onDelete={() => setOpen('delete')}
          items={<MenuItem onSelect={() => setOpen('words')}>{t('secrets.editDescription')}</MenuItem>}
        >
          {can('keyward:secrets.write') && (
            <Button tone="primary" onClick={() => setOpen('replace')}>
              {t('secrets.replace')}
            </Button>
          )}
        </DetailActions>
      }
    >
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div>
          <Section title={t('secrets.presented')}>
            {uses?.length === 0 && <None>{t('secrets.presented.none')}</None>}
            <ul className="text-sm">
              {uses?.map(({ connection, certificate }) => (
                <li
                  key={`${connection.id} ${certificate}`}
                  className="grid items-baseline gap-x-4 gap-y-0.5 border-b py-2.5 sm:grid-cols-[10rem_minmax(0,1fr)_auto]"
                >
                  <Link
                    to="/teams/$team/connections/$name"
                    params={{ team, name: connection.name }}
                    className="truncate rounded-sm font-medium hover:underline"
                  >
                    {connection.name}
                  </Link>
                  <span className="min-w-0 font-mono text-xs break-words text-ink-soft">
                    {certificate ? t('secrets.asCertificate') : presented(connection.spec.auth)}
                  </span>
                  <span className="font-mono text-xs text-ink-soft">{connection.spec.origin}</span>
                </li>
              ))}
            </ul>
          </Section>
          {can('keyward:audit.read') && (
            <Section title={t('secrets.history')}>
              <History team={team} secret={secret} />
            </Section>
          )}
        </div>
        <div className="flex flex-col gap-6">
          <Facts
            items={[
              [t('secrets.value'), <None key="value">{t('secrets.sealed')}</None>],
              [t('secrets.column.use'), <SecretUse key="use" team={team} name={name} />],
              spec.value_from != null && [t('secrets.valueFrom'), <Mono key="from">{spec.value_from}</Mono>],
            ]}
          />
          <Origins resource={secret} />
        </div>
      </div>
      {open === 'replace' && <SecretDialog secret={secret} onClose={close} />}
      {open === 'words' && <SecretDialog secret={secret} wordsOnly onClose={close} />}
      {open === 'delete' && (
        <DeleteDialog
          kind="secrets"
          resource={secret}
          confirm={t('secrets.delete')}
          text={t('secrets.delete.text')}
          dependants={(connections.isError ? [] : uses)?.map(({ connection, certificate }) => ({
            key: `${connection.id} ${certificate}`,
            label: connection.name,
            how: t('secrets.delete.connection', { origin: connection.spec.origin }),
            link: { to: '/teams/$team/connections/$name', params: { team, name: connection.name } },
          }))}
          onClose={close}
          onDeleted={() => void navigate({ to: '/teams/$team/secrets', params: { team } })}
        />
      )}
    </Page>
  );
}

/** Who entered and replaced it, from the audit trail, which never has the value. */
function History({ team, secret }: { team: string; secret: Secret }) {
  const { data } = useQuery({
    queryKey: ['secrets', team, 'history', secret.id, secret.version],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/audit-events', {
        path: { team },
        query: { kind: 'secret', target: secret.id, limit: 20 },
        signal,
      }),
  });
  if (!data) return null;
  if (data.items.length === 0) return <None>{t('secrets.history.none')}</None>;
  return (
    <ul className="text-sm">
      {data.items.map((event) => (
        <li key={event.sequence} className="flex flex-wrap items-baseline gap-x-3 border-b py-2">
          <span className="w-36">{historyText(event)}</span>
          <span className="flex-1 text-ink-soft">
            {t('secrets.history.by', { who: actorName(event.actor) })}
          </span>
          <Time at={event.at} className="text-ink-faint" />
        </li>
      ))}
    </ul>
  );
}

/** A token or a person by name, the machine by its command, Keyward by its job. */
function actorName(actor: object): string {
  const { name, id, command, job } = actor as Record<string, string | undefined>;
  return name || command || job || id || t('ui.unknown');
}

/** Where an update changed nothing that can be read, the value was replaced. */
function historyText(event: { action: string; before?: unknown; after?: unknown }): string {
  const spec = (value: unknown) => (value as { spec?: unknown } | null | undefined)?.spec;
  switch (event.action) {
    case 'secret.create':
      return t('secrets.history.create');
    case 'secret.update':
      return t(
        same(spec(event.before), spec(event.after)) ? 'secrets.history.update' : 'secrets.history.spec',
      );
    case 'secret.delete':
      return t('secrets.history.delete');
    default:
      return t('secrets.history.other', { action: event.action });
  }
}
