import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { bytes, count } from '../format/numbers';
import { date } from '../format/time';
import { t } from '../messages/messages';
import { None } from '../resources/bits';
import { useSession } from '../session/session';
import { Badge, Status, type Tone } from '../ui/Badge';
import { Mono } from '../ui/Code';
import { Facts, Page, Section } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { Time, useZone } from '../ui/Time';
import { type CallsStatus, healthQuery, type NodeHealth, nodesQuery, recordingQuery } from './queries';

/** How the installation is: its nodes, its store, its records. */
export function InstallationPage() {
  const health = useQuery(healthQuery);
  const recording = useQuery(recordingQuery);
  return (
    <Page title={t('operator.title')} text={t('operator.text')} width="form">
      <Section title={t('operator.health')}>
        <Loaded query={health} skeleton={<Bone className="h-28 w-full" />}>
          {(data) => <HealthFacts health={data} />}
        </Loaded>
      </Section>
      <Section title={t('operator.nodes')} text={t('operator.nodes.text')}>
        <Nodes />
      </Section>
      <Section title={t('operator.recording')} text={t('operator.recording.text')}>
        <Loaded query={recording} skeleton={<Bone className="h-28 w-full" />}>
          {(data) => <Recording status={data} />}
        </Loaded>
      </Section>
    </Page>
  );
}

function HealthFacts({ health }: { health: NodeHealth }) {
  const { public_url } = useSession();
  return (
    <Facts
      items={[
        [
          t('operator.state'),
          <Status key="state" tone={health.status === 'ok' ? 'allowed' : 'warning'}>
            {t(health.status === 'ok' ? 'operator.state.ok' : 'operator.state.degraded')}
          </Status>,
        ],
        health.status === 'degraded' && [
          '',
          <span key="why" className="text-ink-soft">
            {t('operator.state.degraded.text')}
          </span>,
        ],
        [
          t('operator.store'),
          <Status key="store" tone={health.store ? 'allowed' : 'refused'}>
            {t(health.store ? 'operator.store.ok' : 'operator.store.gone')}
          </Status>,
        ],
        [
          t('operator.following'),
          <Status key="following" tone={health.following ? 'allowed' : 'warning'}>
            {t(health.following ? 'operator.following.ok' : 'operator.following.behind')}
          </Status>,
        ],
        [t('operator.version'), <Mono key="version">{health.version}</Mono>],
        [t('operator.node'), <Mono key="node">{health.node}</Mono>],
        [t('operator.address'), <Mono key="address">{public_url}</Mono>],
        [
          t('operator.tokens'),
          <span key="tokens" className="tabular">
            {count(health.tokens)}
          </span>,
        ],
      ]}
    />
  );
}

const head = 'border-b px-2 py-1.5 text-xs font-medium text-ink-faint first:ps-0';
const cell = 'h-10 border-b px-2 first:ps-0';

function Nodes() {
  const nodes = useQuery(nodesQuery);
  return (
    <Loaded query={nodes} skeleton={<Bone className="h-20 w-full" />}>
      {({ revision, nodes: list }) => (
        <table className="w-full max-w-3xl border-separate border-spacing-0 text-sm">
          <thead>
            <tr>
              <th scope="col" className={head}>
                {t('operator.node')}
              </th>
              <th scope="col" className={head}>
                {t('operator.nodes.applied')}
              </th>
              <th scope="col" className={head}>
                {t('operator.nodes.seen')}
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((node) => {
              const behind = Math.max(0, revision - node.revision);
              return (
                <tr key={node.node}>
                  <td className={cell}>
                    <span className="flex flex-wrap items-center gap-2">
                      <Mono className="text-xs">{node.node}</Mono>
                      {node.here && <Badge tone="accent">{t('operator.nodes.here')}</Badge>}
                    </span>
                  </td>
                  <td className={cell}>
                    <span className="flex flex-wrap items-center gap-x-3">
                      <span className="font-mono text-xs tabular">{count(node.revision)}</span>
                      <Status tone={behind === 0 ? 'allowed' : 'warning'}>
                        {behind === 0
                          ? t('operator.nodes.current')
                          : t('operator.nodes.behind', { count: behind })}
                      </Status>
                    </span>
                  </td>
                  <td className={cell}>
                    <Time at={node.seen_at} className="text-ink-soft" />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Loaded>
  );
}

function Recording({ status }: { status: CallsStatus }) {
  const zone = useZone();
  const { files, captures, geo } = status;
  const number = (value: number) => <span className="tabular">{count(value)}</span>;
  const tone: Tone = status.dropped > 0 ? 'warning' : 'allowed';
  return (
    <div className="grid gap-x-12 gap-y-6 lg:grid-cols-3">
      <Part title={t('operator.calls')}>
        <Facts
          items={[
            [t('operator.calls.recorded'), number(status.recorded)],
            [t('operator.calls.written'), number(status.written)],
            [t('operator.calls.waiting'), number(status.waiting)],
            [
              t('operator.calls.dropped'),
              <Status key="dropped" tone={tone}>
                {number(status.dropped)}
              </Status>,
            ],
          ]}
        />
      </Part>
      <Part title={t('operator.files')}>
        {files ? (
          <Facts
            items={[
              [t('operator.files.calls'), number(files.calls)],
              [t('operator.files.details'), bytes(files.call_bytes)],
              [t('operator.files.charts'), bytes(files.rollup_bytes)],
              [t('operator.files.count'), number(files.files)],
              [
                t('operator.files.oldest'),
                files.oldest ? date(new Date(files.oldest), zone) : <None key="none">–</None>,
              ],
            ]}
          />
        ) : (
          <p className="text-sm text-ink-faint">{t('operator.files.elsewhere')}</p>
        )}
      </Part>
      <div className="flex flex-col gap-6">
        <Part title={t('operator.captures')}>
          <Facts
            items={[
              [t('operator.captures.kept'), number(captures.kept)],
              [t('operator.captures.size'), bytes(captures.file_bytes)],
              [t('operator.captures.dropped'), number(captures.dropped)],
            ]}
          />
        </Part>
        <Part title={t('operator.geo')}>
          {geo.databases.length === 0 ? (
            <p className="text-sm text-ink-faint">{t('operator.geo.none')}</p>
          ) : (
            <ul className="flex flex-col gap-2 text-sm">
              {geo.databases.map((database) => (
                <li key={database.path} className="min-w-0">
                  <Mono className="text-xs break-all">{database.path}</Mono>
                  <span className="block text-xs text-ink-faint">
                    {database.problem ? (
                      <span className="text-refused">{database.problem}</span>
                    ) : (
                      <>
                        {database.kind}{' '}
                        {database.built_at &&
                          t('operator.geo.built', { day: date(new Date(database.built_at), zone) })}
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Part>
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="mb-2 text-sm font-medium">{title}</h3>
      {children}
    </div>
  );
}
