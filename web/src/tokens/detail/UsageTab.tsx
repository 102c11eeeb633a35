import { useQuery } from '@tanstack/react-query';
import { count } from '../../format/numbers';
import { t } from '../../messages/messages';
import { Section } from '../../ui/Page';
import { Bone, Loaded } from '../../ui/States';
import { Time, useMoment } from '../../ui/Time';
import { type Token, type Usage, usageQuery } from '../queries';
import type { Range } from '../search';
import { hoursOf, RangeChoice } from './RangeChoice';
import { SimpleTable } from './Simple';
import { TrafficChart } from './TrafficChart';

export function UsageTab({ team, token, range }: { team: string; token: Token; range: Range }) {
  const usage = useQuery(usageQuery(team, token.id, hoursOf[range]));
  return (
    <>
      <div className="mb-4">
        <RangeChoice range={range} />
      </div>
      <div className="mb-8">
        <TrafficChart team={team} id={token.id} range={range} />
      </div>
      <Loaded query={usage} skeleton={<Bone className="h-40 w-full" />}>
        {(data) => <Tables usage={data} />}
      </Loaded>
    </>
  );
}

function Tables({ usage }: { usage: Usage }) {
  const moment = useMoment();
  return (
    <div className="grid gap-x-10 xl:grid-cols-2">
      <Section title={t('tokens.usage.routes')}>
        {usage.routes.length === 0 ? (
          <p className="text-sm text-ink-faint">{t('tokens.usage.noRoutes')}</p>
        ) : (
          <SimpleTable
            label={t('tokens.usage.routes')}
            head={[
              { label: t('tokens.usage.route') },
              { label: t('tokens.usage.methods'), className: 'max-sm:hidden' },
              { label: t('tokens.usage.calls'), end: true },
              { label: t('tokens.usage.refused'), end: true },
            ]}
            rows={usage.routes.map((route) => ({
              key: `${route.api} ${route.route}`,
              cells: [
                <span key="route">
                  {route.api ? <span className="text-ink-soft">{route.api} </span> : null}
                  <span className="font-medium">{route.route ?? t('tokens.usage.noRoute')}</span>
                </span>,
                <span key="methods" className="font-mono text-xs text-ink-soft">
                  {route.methods.join(' ')}
                </span>,
                count(route.calls),
                <span key="refused" className={route.refused > 0 ? 'text-refused' : 'text-ink-faint'}>
                  {count(route.refused)}
                </span>,
              ],
            }))}
          />
        )}
      </Section>
      <Section
        title={t('tokens.usage.addresses')}
        text={t('tokens.usage.addresses.text', {
          count: usage.distinct_addresses,
          when: moment(new Date(usage.addresses_from)),
        })}
      >
        <SimpleTable
          label={t('tokens.usage.addresses')}
          head={[
            { label: t('tokens.usage.address') },
            { label: t('tokens.usage.calls'), end: true },
            { label: t('tokens.usage.lastAt'), end: true },
          ]}
          rows={usage.addresses.map((use) => ({
            key: use.address,
            cells: [
              <span key="address" className="font-mono text-xs">
                {use.address}
              </span>,
              count(use.calls),
              <Time key="at" at={use.last_at} className="text-ink-soft" />,
            ],
          }))}
        />
      </Section>
      {usage.unused_routes.length > 0 && (
        <Section title={t('tokens.usage.unused')}>
          <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-ink-soft">
            {usage.unused_routes.slice(0, 60).map((one) => (
              <li key={`${one.api} ${one.route}`}>
                {one.api} <span className="font-medium text-ink">{one.route}</span>
              </li>
            ))}
            {usage.unused_routes_count > 60 && (
              <li className="text-ink-faint">
                {t('tokens.moreScopes', { count: count(usage.unused_routes_count - 60) })}
              </li>
            )}
          </ul>
        </Section>
      )}
    </div>
  );
}
