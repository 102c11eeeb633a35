import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { apisQuery } from '../apis/queries';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { resourcesQuery } from '../resources/resource';
import { useCan } from '../session/session';
import { nameOf } from '../tokens/actions';
import type { Token } from '../tokens/queries';
import { Status, type Tone } from '../ui/Badge';
import { Section } from '../ui/Page';
import { Bone } from '../ui/States';
import { Time } from '../ui/Time';
import { healthQuery, type UpstreamHealth, usable } from '../upstreams/health';
import { expiringDays, neverUsedDays, tokensToSeeTo } from './queries';

/** More upstreams than these are not asked one by one. */
const mostUpstreams = 40;
const shown = 4;
const link = 'rounded-sm font-medium hover:underline';

/** What somebody has to see to: apis in trouble, tokens that end or that nobody uses. */
export function Attention({ team }: { team: string }) {
  const can = useCan();
  const readsTokens = can('keyward:tokens.read');
  const readsUpstreams = can('keyward:upstreams.read');
  const tokens = useQuery({ ...tokensToSeeTo(team), enabled: readsTokens });
  const upstreams = useTroubled(team, readsUpstreams);
  const reading = (readsTokens && tokens.isPending) || (readsUpstreams && upstreams === undefined);
  const rows: ReactNode[] = [
    ...(upstreams ?? []).map((one) => <Troubled key={one.health.upstream} team={team} {...one} />),
    ...(tokens.data ? tokenRows(team, tokens.data) : []),
  ];
  return (
    <Section title={t('overview.attention')} className="mb-0!">
      {reading ? (
        <div aria-busy="true" className="flex flex-col gap-3 py-2">
          <Bone className="w-2/3" />
          <Bone className="w-1/2" />
        </div>
      ) : tokens.isError ? (
        <p className="py-1 text-sm text-ink-soft">{t('overview.attention.unknown')}</p>
      ) : rows.length === 0 ? (
        <p className="flex items-center gap-2 py-1 text-sm text-ink-soft">
          <CircleCheck className="size-4 text-allowed" aria-hidden />
          {t('overview.attention.none')}
        </p>
      ) : (
        <ul className="border-t">{rows}</ul>
      )}
    </Section>
  );
}

function Row({
  tone,
  word,
  children,
  end,
}: {
  tone: Tone;
  word: string;
  children: ReactNode;
  end?: ReactNode;
}) {
  return (
    <li className="grid grid-cols-[7.5rem_minmax(0,1fr)_auto] items-start gap-x-3 border-b py-2 text-sm max-sm:grid-cols-[minmax(0,1fr)_auto]">
      <span className="max-sm:col-span-2">
        <Status tone={tone}>{word}</Status>
      </span>
      <span className="min-w-0">{children}</span>
      <span className="text-end text-ink-faint">{end}</span>
    </li>
  );
}

interface Trouble {
  health: UpstreamHealth;
  apis: string[];
}

/** Upstreams that have targets which get no calls, with the apis before them; undefined while they are being read. */
function useTroubled(team: string, enabled: boolean): Trouble[] | undefined {
  const list = useQuery({ ...resourcesQuery('upstreams', team), enabled });
  const apis = useQuery({ ...apisQuery(team), enabled });
  const names = (list.data ?? []).slice(0, mostUpstreams).map(({ name }) => name);
  const healths = useQueries({ queries: names.map((name) => healthQuery(team, name, 20)) });
  if (!enabled || (list.isPending && !list.isError)) return enabled ? undefined : [];
  return healths.flatMap(({ data }) => {
    if (!data) return [];
    const { usable: well, of } = usable(data.targets);
    if (well === of && !data.problem) return [];
    return {
      health: data,
      apis: (apis.data ?? []).filter(({ spec }) => spec.upstream === data.upstream).map(({ name }) => name),
    };
  });
}

function Troubled({ team, health, apis }: Trouble & { team: string }) {
  const { usable: well, of } = usable(health.targets);
  const down = well === 0;
  const since = health.targets.map((target) => target.since).find(Boolean);
  const error = health.problem ?? health.targets.find(({ last_error }) => last_error)?.last_error?.problem;
  return (
    <Row
      tone={down ? 'refused' : 'warning'}
      word={t(down ? 'overview.upstream.down' : 'overview.upstream.weak')}
      end={since && <Time at={since} />}
    >
      <Link to="/teams/$team/upstreams/$name" params={{ team, name: health.upstream }} className={link}>
        {t('overview.upstream', { name: health.upstream })}
      </Link>{' '}
      <span className="text-ink-soft">
        {health.problem ? '' : t('overview.upstream.targets', { well, of })}{' '}
        {apis.length > 0 && t('overview.upstream.apis', { count: apis.length, apis: apis.join(', ') })}
      </span>
      {error && <span className="block truncate font-mono text-xs text-ink-faint">{error}</span>}
    </Row>
  );
}

interface TokensToSeeTo {
  expiring: Token[];
  neverUsed: Token[];
  pending: Token[];
}

function tokenRows(team: string, { expiring, neverUsed, pending }: TokensToSeeTo): ReactNode[] {
  const rows: ReactNode[] = [];
  if (pending.length > 0) {
    rows.push(
      <Row key="pending" tone="accent" word={t('overview.token.pending')}>
        <Names team={team} tokens={pending} search={{ status: 'pending' }} />
      </Row>,
    );
  }
  for (const token of expiring.slice(0, shown)) {
    rows.push(
      <Row
        key={token.id}
        tone="warning"
        word={t('overview.token.expiring')}
        end={token.expires_at && <Time at={token.expires_at} />}
      >
        <Names team={team} tokens={[token]} />
        {token.last_use ? (
          <span className="text-ink-soft">
            {' '}
            <T id="overview.token.used" values={{ when: <Time at={token.last_use.at} /> }} />
          </span>
        ) : (
          <span className="text-ink-soft"> {t('overview.token.neverUsed')}</span>
        )}
      </Row>,
    );
  }
  if (expiring.length > shown) {
    rows.push(
      <Row key="more" tone="warning" word={t('overview.token.expiring')}>
        <Link to="/teams/$team/tokens" params={{ team }} search={{ expiring: true }} className={link}>
          {t('overview.token.moreExpiring', { count: expiring.length - shown, days: expiringDays })}
        </Link>
      </Row>,
    );
  }
  if (neverUsed.length > 0) {
    rows.push(
      <Row key="unused" tone="neutral" word={t('overview.token.unused')}>
        <Names team={team} tokens={neverUsed} />{' '}
        <span className="text-ink-soft">
          {t('overview.token.unused.text', { count: neverUsed.length, days: neverUsedDays })}
        </span>
      </Row>,
    );
  }
  return rows;
}

/** The first few by name; the list for the rest, where it can be asked for. */
function Names({ team, tokens, search }: { team: string; tokens: Token[]; search?: { status: 'pending' } }) {
  const rest = tokens.length - shown;
  return (
    <>
      {tokens.slice(0, shown).map((token, index) => (
        <span key={token.id}>
          {index > 0 && ', '}
          <Link to="/teams/$team/tokens/$token" params={{ team, token: token.id }} className={link}>
            {nameOf(token)}
          </Link>
        </span>
      ))}
      {rest > 0 &&
        (search ? (
          <Link to="/teams/$team/tokens" params={{ team }} search={search} className="ms-1 hover:underline">
            {t('overview.more', { count: rest })}
          </Link>
        ) : (
          <span className="ms-1 text-ink-soft">{t('overview.more', { count: rest })}</span>
        ))}
    </>
  );
}
