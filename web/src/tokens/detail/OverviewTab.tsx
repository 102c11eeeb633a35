import type { Schemas } from '../../api/client';
import { count } from '../../format/numbers';
import { t } from '../../messages/messages';
import { Mono } from '../../ui/Code';
import { CopyButton } from '../../ui/CopyButton';
import { Facts, Section } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { Expires } from '../columns';
import { limitLines } from '../limits';
import type { Token } from '../queries';
import { restrictionLines } from '../restrictions';
import { TrafficChart } from './TrafficChart';

interface OverviewProps {
  team: string;
  token: Token;
  app?: Schemas['App'];
}

export function OverviewTab({ team, token, app }: OverviewProps) {
  const limits = limitLines(token.limits ?? {});
  const restrictions = restrictionLines(token.restrictions ?? {});
  return (
    <div className="grid gap-x-10 gap-y-8 xl:grid-cols-[minmax(0,1fr)_22rem]">
      <Section title={t('tokens.chart.calls')}>
        <TrafficChart team={team} id={token.id} range="7d" />
      </Section>
      <Facts
        items={[
          [
            t('tokens.fact.id'),
            <span key="id" className="-my-1 flex items-center gap-1">
              <Mono>{token.id}</Mono>
              <CopyButton text={token.id} what={t('tokens.fact.id')} />
            </span>,
          ],
          [t('tokens.fact.app'), app ? app.spec.title || app.name : <Mono key="app">{token.app}</Mono>],
          token.description ? [t('tokens.fact.description'), token.description] : null,
          [
            t('tokens.fact.scopes'),
            token.scopes?.length ? (
              <ul key="scopes" className="font-mono text-xs leading-5">
                {token.scopes.map((scope) => (
                  <li key={scope}>{scope}</li>
                ))}
              </ul>
            ) : (
              t('tokens.noScopes')
            ),
          ],
          ...restrictions,
          [
            t('tokens.fact.limits'),
            limits.length === 0 ? (
              t('tokens.fact.noLimits')
            ) : (
              <ul key="limits">
                {limits.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            ),
          ],
          token.not_before ? [t('tokens.fact.notBefore'), <Time key="from" at={token.not_before} />] : null,
          [t('tokens.fact.expires'), <Expires key="expires" token={token} />],
          [t('tokens.fact.created'), <Time key="created" at={token.created_at} />],
          [
            t('tokens.fact.lastUse'),
            token.last_use ? (
              <span key="last">
                <Time at={token.last_use.at} />{' '}
                <Mono className="text-ink-faint">{token.last_use.address}</Mono>
              </span>
            ) : (
              t('tokens.never')
            ),
          ],
          token.last_use ? [t('tokens.fact.calls'), count(token.last_use.calls)] : null,
          token.imported
            ? [t('tokens.fact.imported'), t('tokens.fact.imported.text', { kind: token.imported })]
            : null,
          token.revoked ? [t('tokens.fact.revoked'), <Time key="revoked" at={token.revoked.at} />] : null,
          token.revoked ? [t('tokens.fact.reason'), token.revoked.reason] : null,
        ]}
      />
    </div>
  );
}
