import { useQuery } from '@tanstack/react-query';
import { count } from '../../format/numbers';
import { t } from '../../messages/messages';
import { Status } from '../../ui/Badge';
import { Section } from '../../ui/Page';
import { Bone, Loaded } from '../../ui/States';
import { type Token, usageQuery } from '../queries';
import type { Range } from '../search';
import { Narrowing } from './Narrowing';
import { hoursOf, RangeChoice } from './RangeChoice';
import { SimpleTable } from './Simple';

interface ScopesTabProps {
  team: string;
  token: Token;
  range: Range;
  mayWrite: boolean;
}

/** Scopes granted against scopes used. */
export function ScopesTab({ team, token, range, mayWrite }: ScopesTabProps) {
  const usage = useQuery(usageQuery(team, token.id, hoursOf[range]));
  return (
    <>
      <Section
        title={t('tokens.tab.scopes')}
        text={t('tokens.scopes.text')}
        actions={<RangeChoice range={range} />}
        className="max-w-4xl"
      >
        <Loaded query={usage} skeleton={<Bone className="h-32 w-full" />}>
          {({ scopes }) =>
            scopes.length === 0 ? (
              <p className="text-sm text-ink-faint">{t('tokens.scopes.none')}</p>
            ) : (
              <SimpleTable
                label={t('tokens.tab.scopes')}
                head={[
                  { label: t('tokens.scopes.scope') },
                  { label: t('tokens.scopes.use') },
                  { label: t('tokens.scopes.calls'), end: true },
                ]}
                rows={scopes.map((use) => ({
                  key: use.scope,
                  cells: [
                    <span key="scope" className="font-mono text-xs">
                      {use.scope}
                    </span>,
                    <span key="use" className="flex flex-wrap items-center gap-x-2">
                      <Status
                        tone={use.state === 'used' ? 'allowed' : 'neutral'}
                        hollow={use.state !== 'used'}
                      >
                        {t(`tokens.scopes.${use.state}`)}
                      </Status>
                      {use.state === 'used' && use.scope.includes('*') && (
                        <span className="font-mono text-xs text-ink-faint">
                          {t('tokens.scopes.needed', { scopes: use.needed.join(', ') })}
                        </span>
                      )}
                    </span>,
                    use.calls == null ? t('ui.unknown') : count(use.calls),
                  ],
                }))}
              />
            )
          }
        </Loaded>
      </Section>
      {usage.data && <Narrowing team={team} token={token} usage={usage.data} mayWrite={mayWrite} />}
    </>
  );
}
