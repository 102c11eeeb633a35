import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client';
import { span } from '../../format/durations';
import { count } from '../../format/numbers';
import { absoluteTime, dateAndTime } from '../../format/time';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Dialog';
import { Menu, MenuItem } from '../../ui/Menu';
import { Facts, Section } from '../../ui/Page';
import { Bone, Loaded, ProblemNote } from '../../ui/States';
import { Time, useNow, useZone } from '../../ui/Time';
import { toast } from '../../ui/toast';
import { maskedToken } from '../actions';
import { SimpleTable } from '../detail/Simple';
import { type Token, tokenQuery, type Usage, usageQuery } from '../queries';
import { TokenStatus } from '../TokenStatus';
import { chartOf, extendedEnd, extensions } from './overlap';
import { RotationChart } from './RotationChart';

/** What both carry is told of so many hours: so few that a change of the clients shows. */
const justNow = 5 / 60;

interface RotationProps {
  team: string;
  old: Token;
  successor: string;
}

/** A rotation under way, or over: what each of the two tokens carries, and who is still to change over. */
export function Rotation({ team, old, successor }: RotationProps) {
  const now = useNow();
  const zone = useZone();
  const fresh = { refetchInterval: 15_000 };
  const next = useQuery({ ...tokenQuery(team, successor), ...fresh });
  const oldUse = useQuery({ ...usageQuery(team, old.id, 1), ...fresh });
  const oldNow = useQuery({ ...usageQuery(team, old.id, justNow), ...fresh });
  const newNow = useQuery({ ...usageQuery(team, successor, justNow), ...fresh });
  const end = old.expires_at ? Date.parse(old.expires_at) : Number.POSITIVE_INFINITY;
  const running = old.status === 'rotating' && end > now;
  const drawn = chartOf(old, now);
  const chart = t('tokens.rotation.chart', { hours: drawn.hours });

  return (
    <>
      <div className="mb-6 flex flex-wrap items-center gap-3">
        <p className="flex-1 basis-64 text-base">
          {running ? (
            <>
              {t('tokens.rotation.text', { when: dateAndTime(end, zone) })}{' '}
              <span className="text-ink-faint">
                {t('tokens.rotation.left', { left: span((end - now) / 1000) })}
              </span>
            </>
          ) : (
            t('tokens.rotation.over')
          )}
        </p>
        {running && <Controls team={team} old={old} usage={oldUse.data} />}
      </div>
      <div className="mb-8 grid gap-6 sm:grid-cols-2">
        <Side team={team} title={t('tokens.rotation.old')} token={old} usage={oldNow.data} />
        <Side team={team} title={t('tokens.rotation.new')} token={next.data} usage={newNow.data} />
      </div>
      <Section title={chart}>
        <RotationChart team={team} old={old.id} successor={successor} {...drawn} label={chart} />
      </Section>
      <Section title={t('tokens.rotation.who')} text={t('tokens.rotation.who.text')}>
        <Loaded query={oldUse} skeleton={<Bone className="h-20 w-full" />}>
          {(usage) =>
            usage.addresses.length === 0 ? (
              <p className="text-sm text-ink-soft">
                {t(running ? 'tokens.rotation.nobody' : 'tokens.rotation.nobody.ended')}
              </p>
            ) : (
              <SimpleTable
                label={t('tokens.rotation.who')}
                head={[
                  { label: t('tokens.usage.address') },
                  { label: t('tokens.rotation.program') },
                  { label: t('tokens.usage.calls'), end: true },
                  { label: t('tokens.usage.lastAt'), end: true },
                ]}
                rows={usage.addresses.map((use) => ({
                  key: use.address,
                  cells: [
                    <span key="address" className="font-mono text-xs">
                      {use.address}
                    </span>,
                    <Programs key="programs" names={use.programs ?? []} />,
                    count(use.calls),
                    <Time key="at" at={use.last_at} className="text-ink-soft" />,
                  ],
                }))}
              />
            )
          }
        </Loaded>
      </Section>
    </>
  );
}

/** What calls from an address, by what it calls itself. */
function Programs({ names }: { names: readonly string[] }) {
  if (names.length === 0)
    return <span className="text-ink-faint">{t('tokens.rotation.program.unknown')}</span>;
  return (
    <ul className="py-1.5">
      {names.map((name) => (
        <li key={name} dir="ltr" className="max-w-md font-mono text-xs break-words">
          {name}
        </li>
      ))}
    </ul>
  );
}

function Side({ team, title, token, usage }: { team: string; title: string; token?: Token; usage?: Usage }) {
  return (
    <section className="border-t pt-3">
      <h2 className="mb-2 text-sm font-semibold">
        {token ? (
          <Link
            to="/teams/$team/tokens/$token"
            params={{ team, token: token.id }}
            className="rounded-sm hover:underline"
          >
            {title}
          </Link>
        ) : (
          title
        )}
      </h2>
      <p className="mb-2 text-2xl font-semibold tabular">
        {usage?.calls == null ? (
          <Bone className="my-2 h-4 w-16" />
        ) : (
          <>
            {count(usage.calls)}{' '}
            <span className="text-sm font-normal text-ink-faint">
              {t('tokens.rotation.justNow', { calls: usage.calls, minutes: justNow * 60 })}
            </span>
          </>
        )}
      </p>
      {token ? (
        <Facts
          items={[
            [t('tokens.column.status'), <TokenStatus key="status" status={token.status} />],
            [
              t('tokens.column.token'),
              <span key="token" className="font-mono text-xs">
                {maskedToken(token)}
              </span>,
            ],
            [
              t('tokens.column.lastUse'),
              token.last_use ? <Time key="last" at={token.last_use.at} /> : t('tokens.never'),
            ],
            [
              t('tokens.column.expires'),
              token.expires_at ? <Time key="expires" at={token.expires_at} /> : t('tokens.never'),
            ],
          ]}
        />
      ) : (
        <Bone className="h-24 w-full" />
      )}
    </section>
  );
}

function Controls({ team, old, usage }: { team: string; old: Token; usage?: Usage }) {
  const client = useQueryClient();
  const zone = useZone();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const path = { team, id: old.id };
  const possible = extensions.flatMap((seconds) => {
    const to = extendedEnd(old, seconds);
    return to ? [{ seconds, to }] : [];
  });

  async function change(run: () => Promise<unknown>, told: string) {
    setBusy(true);
    setError(undefined);
    try {
      await run();
      toast({ title: told });
      setAsking(false);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
    await client.invalidateQueries({ queryKey: ['tokens', team] });
  }

  const end = () =>
    change(
      () => call('post', '/api/v1/teams/{team}/tokens/{id}/rotation/end', { path, body: {} }),
      t('tokens.rotation.ended'),
    );
  const extend = (to: Date) =>
    change(
      () =>
        call('post', '/api/v1/teams/{team}/tokens/{id}/rotation/extend', {
          path,
          body: { expires_at: to.toISOString() },
        }),
      t('tokens.rotation.extended', { when: absoluteTime(to, zone) }),
    );

  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        {possible.length > 0 ? (
          <Menu trigger={<Button busy={busy && !asking}>{t('tokens.rotation.extend')}</Button>}>
            {possible.map(({ seconds, to }) => (
              <MenuItem key={seconds} onSelect={() => void extend(to)}>
                {t('tokens.rotation.extend.by', { span: span(seconds) })}
              </MenuItem>
            ))}
          </Menu>
        ) : (
          <span className="text-sm text-ink-faint">{t('tokens.rotation.extend.limit')}</span>
        )}
        <Button tone="danger" onClick={() => setAsking(true)}>
          {t('tokens.rotation.end')}
        </Button>
      </div>
      {!asking && <ProblemNote error={error} className="w-full" />}
      <Confirm
        open={asking}
        title={t('tokens.rotation.end.title')}
        text={
          usage?.calls
            ? t('tokens.rotation.end.used', { calls: usage.calls, addresses: usage.distinct_addresses })
            : t('tokens.rotation.end.quiet')
        }
        onCancel={() => setAsking(false)}
        confirm={
          <Button tone="danger" busy={busy} onClick={() => void end()}>
            {t('tokens.rotation.end')}
          </Button>
        }
      >
        {error !== undefined && <ProblemNote error={error} />}
      </Confirm>
    </>
  );
}
