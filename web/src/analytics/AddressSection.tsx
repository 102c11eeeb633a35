import { useQuery } from '@tanstack/react-query';
import type { CallFilter } from '../calls/filter';
import { country } from '../format/countries';
import { t } from '../messages/messages';
import { Section } from '../ui/Page';
import { Loaded } from '../ui/States';
import { addressesQuery } from './addresses';
import { Ranking, RankingSkeleton } from './Ranking';

const shown = 8;

/** Where calls came from. */
export function AddressSection({ team, filter }: { team: string; filter: CallFilter }) {
  const query = useQuery(addressesQuery(team, filter));
  const { data } = query;
  return (
    <Section
      title={t('analytics.rank.address')}
      text={data && t('analytics.addresses.all', { addresses: data.distinct, calls: data.calls })}
      className="mb-0!"
    >
      <Loaded query={query} skeleton={<RankingSkeleton />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="py-2 text-sm text-ink-faint">{t('analytics.rank.none')}</p>
          ) : (
            <Ranking
              label={t('analytics.rank.address')}
              what={t('analytics.rank.address.one')}
              bad={t('analytics.rank.refusedOrFailed')}
              rows={items.slice(0, shown).map((one) => ({
                key: one.address,
                label: (
                  <>
                    {one.address}
                    {one.country && <span className="ms-2 text-ink-faint">{one.country}</span>}
                  </>
                ),
                title: one.country ? country(one.country) : undefined,
                mono: true,
                calls: one.calls,
                bad: one.refused + one.errors,
                link: {
                  to: '/teams/$team/calls',
                  params: { team },
                  search: { ...filter, address: one.address },
                },
              }))}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
