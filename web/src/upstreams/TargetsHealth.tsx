import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { sentence } from '../api/problem';
import { percent } from '../format/numbers';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { None } from '../resources/bits';
import type { Upstream } from '../resources/resource';
import { Status } from '../ui/Badge';
import { Mono } from '../ui/Code';
import { TableSkeleton } from '../ui/DataTable';
import { Loaded } from '../ui/States';
import { Time } from '../ui/Time';
import { healthQuery, stateTones, type Target, verdictTones } from './health';

/** The targets of an upstream as the node sees them, kept up to date while somebody looks. */
export function TargetsHealth({ team, upstream }: { team: string; upstream: Upstream }) {
  const health = useQuery(healthQuery(team, upstream.name));
  const seen = useVisible();
  const weights = upstream.spec.targets.map(({ weight }) => weight ?? 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const probed = Boolean(upstream.spec.health?.active);
  return (
    <div className="pt-4">
      <Loaded query={health} skeleton={<TableSkeleton rows={3} columns={5} />}>
        {(data) => (
          <>
            {data.problem && (
              <p className="mb-3 rounded-md bg-warning-soft px-3 py-2 text-sm text-warning">
                {sentence(data.problem)}
              </p>
            )}
            <p className="mb-1 flex flex-wrap items-center gap-x-2 text-xs text-ink-faint">
              <span
                aria-hidden
                className={
                  seen
                    ? 'size-1.5 animate-pulse rounded-full bg-allowed-fill'
                    : 'size-1.5 rounded-full bg-ink-faint'
                }
              />
              {seen ? t('upstreams.health.live', { node: data.node }) : t('upstreams.health.paused')}
              <span>{t('upstreams.health.each')}</span>
            </p>
            <ul>
              {data.targets.map((target, index) => {
                const spec = upstream.spec.targets[index];
                const weight = weights[index] ?? 0;
                return (
                  <TargetRow
                    // Two targets may have one address.
                    // biome-ignore lint/suspicious/noArrayIndexKey: see above
                    key={`${target.url} ${index}`}
                    team={team}
                    target={target}
                    connection={spec?.connection ?? upstream.spec.connection}
                    share={weight === 0 ? null : percent(weight, sum)}
                    weight={weight}
                    probed={probed}
                  />
                );
              })}
            </ul>
          </>
        )}
      </Loaded>
    </div>
  );
}

interface TargetRowProps {
  team: string;
  target: Target;
  connection?: string | null;
  /** Its part of the calls when all are well. */
  share: string | null;
  weight: number;
  probed: boolean;
}

function TargetRow({ team, target, connection, share, weight, probed }: TargetRowProps) {
  const { last_probe: probe, last_error: error } = target;
  return (
    <li className="grid gap-x-6 gap-y-2 border-b py-3 text-sm md:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_minmax(0,1fr)_7rem]">
      <div className="min-w-0">
        <p className="truncate font-mono text-xs leading-5 font-semibold">{target.url}</p>
        <p className="truncate text-xs text-ink-faint">
          {t('upstreams.target.weight')} {weight}
          {share && <> · {t('upstreams.targets.share', { percent: share })}</>}
          {connection && (
            <>
              {' · '}
              <Link
                to="/teams/$team/connections/$name"
                params={{ team, name: connection }}
                className="rounded-sm font-mono hover:text-ink hover:underline"
              >
                {connection}
              </Link>
            </>
          )}
        </p>
      </div>
      <div>
        <Status
          tone={stateTones[target.state]}
          hollow={target.state === 'drained' || target.state === 'unknown'}
        >
          {target.state === 'in_use'
            ? t(`upstreams.verdict.${target.health}`)
            : t(`upstreams.state.${target.state}`)}
        </Status>
        <p className="text-xs text-ink-faint">
          {target.state === 'growing' && target.share_percent != null
            ? t('upstreams.target.growing', { percent: target.share_percent })
            : target.since && <T id="upstreams.target.since" values={{ when: <Time at={target.since} /> }} />}
          {target.until && (
            <>
              {' · '}
              <T id="upstreams.target.until" values={{ when: <Time at={target.until} /> }} />
            </>
          )}
        </p>
        {target.failures > 0 && (
          <p className="text-xs text-warning">
            {t('upstreams.target.failures', { failures: target.failures })}
          </p>
        )}
      </div>
      <div className="min-w-0">
        <p className="text-xs text-ink-faint">{t('upstreams.target.lastProbe')}</p>
        {probe ? (
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className={probe.good ? undefined : 'text-refused'}>
              {probe.status
                ? t('upstreams.target.took', { status: String(probe.status), ms: probe.took_ms })
                : probe.took_ms < 1
                  ? t('upstreams.target.noAnswer')
                  : t('upstreams.target.gaveUp', { ms: probe.took_ms })}
            </span>
            <Time at={probe.at} className="text-xs text-ink-faint" />
          </p>
        ) : (
          <None>{t(probed ? 'upstreams.target.noProbe' : 'upstreams.target.noProbes')}</None>
        )}
      </div>
      <div>
        <p className="text-xs text-ink-faint">{t('upstreams.target.underWay')}</p>
        <p className="tabular">
          {target.under_way == null ? '–' : <Mono>{target.under_way}</Mono>}
          {target.waiting ? (
            <span className="ms-2 text-warning">
              {t('upstreams.target.waiting', { waiting: target.waiting })}
            </span>
          ) : null}
        </p>
      </div>
      {error && (
        <p className="text-xs break-words text-ink-soft md:col-span-full">
          <span className="text-ink-faint">{t('upstreams.target.lastError')} </span>
          <Time at={error.at} className="text-ink-faint" />
          <span className={`ms-2 ${verdictTones[target.health] === 'refused' ? 'text-refused' : ''}`}>
            {error.problem}
          </span>
        </p>
      )}
    </li>
  );
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const changed = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  return visible;
}
