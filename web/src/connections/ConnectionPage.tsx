import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../messages/messages';
import { None, Origins, SourceBadge } from '../resources/bits';
import { DeleteDialog } from '../resources/DeleteDialog';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { type Connection, resourceQuery, resourcesQuery } from '../resources/resource';
import { Mono } from '../ui/Code';
import { Facts, Page, Section } from '../ui/Page';
import { Loaded } from '../ui/States';
import { presented, secretOf } from './auth';
import { upstreamsThrough } from './uses';

export function ConnectionPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/connections/$name' });
  const connection = useQuery(resourceQuery('connections', team, name));
  return (
    <Loaded page query={connection} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} connection={data} />}
    </Loaded>
  );
}

function Detail({ team, connection }: { team: string; connection: Connection }) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const upstreams = useQuery(resourcesQuery('upstreams', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const { name, spec } = connection;
  const uses = upstreams.data && upstreamsThrough(name, upstreams.data);
  const secret = secretOf(spec.auth);
  return (
    <Page
      title={name}
      text={spec.description}
      above={{ label: t('connections.title'), link: { to: '/teams/$team/connections', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-3">
          {name}
          <SourceBadge source={connection.source} />
        </span>
      }
      actions={
        <DetailActions
          kind="connections"
          edit={{ to: '/teams/$team/connections/$name/edit', params: { team, name } }}
          onDelete={() => setDeleting(true)}
        />
      }
    >
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div>
          <Section title={t('connections.credential')}>
            <Facts
              items={[
                [t('connections.what'), <Mono key="what">{presented(spec.auth)}</Mono>],
                spec.client_certificate != null && [
                  t('connections.tls'),
                  <SecretLink key="tls" team={team} name={spec.client_certificate} />,
                ],
                [
                  t('connections.where'),
                  <span key="where">
                    <Mono>{spec.origin}</Mono>{' '}
                    <span className="text-ink-faint">{t('connections.onlyThere')}</span>
                  </span>,
                ],
                [
                  t('connections.secret'),
                  secret ? <SecretLink key="secret" team={team} name={secret} /> : <None key="none" />,
                ],
              ]}
            />
          </Section>
          <Section title={t('connections.usedBy')} text={t('connections.usedBy.text')}>
            {uses?.length === 0 && <None>{t('connections.usedBy.none')}</None>}
            <ul className="text-sm">
              {uses?.map(({ upstream, targets }) => {
                const names = (apis.data ?? [])
                  .filter((api) => api.spec.upstream === upstream.name)
                  .map((api) => api.name);
                return (
                  <li key={upstream.id} className="flex flex-wrap items-baseline gap-x-4 border-b py-2.5">
                    <Link
                      to="/teams/$team/upstreams/$name"
                      params={{ team, name: upstream.name }}
                      className="w-40 truncate rounded-sm font-medium hover:underline"
                    >
                      {upstream.name}
                    </Link>
                    <span className="text-ink-soft">
                      {targets === null
                        ? t('connections.usedBy.all')
                        : t('connections.usedBy.targets', { count: targets })}
                    </span>
                    {names.length > 0 && (
                      <span className="ms-auto truncate font-mono text-xs text-ink-faint">
                        {names.join(', ')}
                      </span>
                    )}
                  </li>
                );
              })}
            </ul>
          </Section>
        </div>
        <div>
          <Origins resource={connection} />
        </div>
      </div>
      {deleting && (
        <DeleteDialog
          kind="connections"
          resource={connection}
          confirm={t('connections.delete')}
          text={t('connections.delete.text')}
          dependants={(upstreams.isError ? [] : uses)?.map(({ upstream }) => ({
            key: upstream.id,
            label: upstream.name,
            how: t('connections.delete.upstream'),
            link: { to: '/teams/$team/upstreams/$name', params: { team, name: upstream.name } },
          }))}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/teams/$team/connections', params: { team } })}
        />
      )}
    </Page>
  );
}

function SecretLink({ team, name }: { team: string; name: string }) {
  return (
    <Link
      to="/teams/$team/secrets/$name"
      params={{ team, name }}
      className="rounded-sm font-mono text-xs text-accent-ink hover:underline"
    >
      {name}
    </Link>
  );
}
