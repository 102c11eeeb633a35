import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import type { Schemas } from '../api/client';
import { useLive } from '../calls/live';
import { outcomeOf, outcomeTones, statusText } from '../calls/outcome';
import { type CallRecord, explanationQuery, tailUrl } from '../calls/queries';
import { took } from '../format/durations';
import { hasMessage, t } from '../messages/messages';
import { useCan, useMembership, useSession } from '../session/session';
import { ofFirstSteps } from '../shell/first-steps';
import { snippet } from '../tokens/snippets';
import { trialRoutes } from '../tokens/test-call';
import { Badge } from '../ui/Badge';
import { Button, ButtonLink, Spinner } from '../ui/Button';
import { Code } from '../ui/Code';
import { Time } from '../ui/Time';
import { latestCallQuery } from './queries';

interface FirstCallProps {
  team: string;
  apis: readonly Schemas['Api'][];
  onWorks: (works: boolean) => void;
  onDone: () => void;
}

/** Waits for the first call, and says of each that comes how it went and what to do about it. */
export function FirstCall({ team, apis, onWorks, onDone }: FirstCallProps) {
  const can = useCan();
  const membership = useMembership();
  // Calls that reach no api belong to no team: only operators see those.
  const everybody = can('keyward:operator');
  const live = useLive(everybody ? '/api/v1/calls/tail' : tailUrl(team, {}), false);
  const before = useQuery(latestCallQuery(team)).data?.items[0];
  const latest = live.rows.find((record) => !record.team || record.team === membership?.team.id) ?? before;
  const route = useMemo(() => trialRoutes(apis, { scopes: ['*:*'] })[0], [apis]);
  const gateway = useSession().gateway_url;
  const outcome = latest && outcomeOf(latest);
  const works = latest !== undefined && outcome === 'answered' && latest.status < 400;
  useEffect(() => onWorks(works), [works, onWorks]);
  return (
    <div className="flex flex-col gap-4">
      <p>{t('overview.call.text')}</p>
      {route && (
        <div>
          <Code
            text={snippet('curl', { method: route.method, url: `${gateway}${route.path}` })}
            what={t('overview.call.command')}
          />
          <p className="mt-1 text-sm text-ink-faint">{t('overview.call.gateway', { gateway })}</p>
        </div>
      )}
      <div aria-live="polite">
        {!latest && (
          <p className="flex items-center gap-2.5 rounded-md bg-sunken px-3 py-2.5 text-sm">
            {live.state === 'lost' ? t('overview.call.lost') : <Spinner />}
            {live.state !== 'lost' && t('overview.call.waiting')}
          </p>
        )}
        {works && (
          <div className="rounded-md bg-allowed-soft px-4 py-3">
            <p className="text-base font-semibold text-allowed">{t('overview.call.works')}</p>
            <p className="mt-0.5 text-sm">
              {t('overview.call.works.text', {
                call: `${latest.method} ${latest.path}`,
                status: latest.status,
                took: took(latest.timing.total_us),
              })}
            </p>
            <div className="mt-3 flex flex-wrap items-center gap-3">
              <Button tone="primary" onClick={onDone}>
                {t('overview.call.done')}
              </Button>
              <SeeCall team={team} record={latest} />
            </div>
          </div>
        )}
        {latest && !works && (
          <NotYet
            key={latest.request_id}
            team={team}
            record={latest}
            upstream={apis.find(({ id }) => id === latest.api)?.spec.upstream}
          />
        )}
      </div>
    </div>
  );
}

interface NotYetProps {
  team: string;
  record: CallRecord;
  /** Where it would have gone. */
  upstream?: string;
}

/** A call that came, and did not come through. */
function NotYet({ team, record, upstream }: NotYetProps) {
  const can = useCan();
  const outcome = outcomeOf(record);
  const explanation = useQuery({
    ...explanationQuery(team, record.request_id),
    enabled: Boolean(record.team) && outcome !== 'answered',
  });
  const failed = explanation.data?.checks.find((check) => check.verdict === 'fail');
  const specific = `overview.hint.${record.code}`;
  return (
    <div>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={outcomeTones[outcome]}>{t(`calls.outcome.${outcome}`)}</Badge>
        <span className="font-mono text-xs">
          {statusText(record.status)} {record.method} {record.path}
        </span>
        <Time at={record.at} className="text-ink-faint" />
      </p>
      <p className="mt-2 text-base text-ink">
        {record.code && hasMessage(specific)
          ? t(specific)
          : t(outcome === 'answered' ? 'overview.hint.answered' : `overview.hint.${outcome}`, {
              status: record.status,
            })}
      </p>
      {failed && (
        <dl className="mt-3 border-s-2 border-refused-fill ps-3 text-sm">
          <dt className="font-medium">{t(`calls.check.${failed.check}`)}</dt>
          <dd className="font-mono text-xs leading-5 break-words">{failed.seen}</dd>
          <dd className="text-xs break-words text-ink-soft">{failed.rule}</dd>
        </dl>
      )}
      {outcome === 'failed' && upstream && can('keyward:upstreams.write') && (
        <ButtonLink
          className="mt-3"
          to="/teams/$team/upstreams/$name/edit"
          params={{ team, name: upstream }}
          state={ofFirstSteps}
        >
          {t('overview.call.upstream', { name: upstream })}
        </ButtonLink>
      )}
      <p className="mt-3 flex items-center gap-2.5 text-sm text-ink-faint">
        <Spinner />
        {t('overview.call.again')}
        {record.team && <SeeCall team={team} record={record} />}
      </p>
    </div>
  );
}

function SeeCall({ team, record }: { team: string; record: CallRecord }) {
  return (
    <Link
      to="/teams/$team/calls"
      params={{ team }}
      search={{ call: record.request_id }}
      className="rounded-sm text-sm text-accent-ink hover:underline"
    >
      {t('overview.call.see')}
    </Link>
  );
}
