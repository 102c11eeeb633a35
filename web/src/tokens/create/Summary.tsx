import { type ReactNode, useState } from 'react';
import type { Schemas } from '../../api/client';
import { and } from '../../format/numbers';
import { dateAndTime } from '../../format/time';
import { t } from '../../messages/messages';
import { Code } from '../../ui/Code';
import { TabPanel, Tabs } from '../../ui/Tabs';
import { useZone } from '../../ui/Time';
import { restrictionLines } from '../restrictions';
import { commandFor, requestFor } from './equivalents';

interface SummaryProps {
  team: Schemas['Team'];
  body: Schemas['CreateToken'];
  app?: Schemas['App'];
  expires: Date | null | undefined;
  /** The end as a span, where it was chosen as one: `30d`. */
  lifetime?: string;
}

/** What all that was chosen comes to, in sentences and as the command and request that do the same. */
export function Summary({ team, body, app, expires, lifetime }: SummaryProps) {
  const zone = useZone();
  const [tab, setTab] = useState<'cli' | 'api'>('cli');
  const lines: [string, ReactNode][] = [];
  if (app) lines.push([t('tokens.summary.app'), app.spec.title || app.name]);
  lines.push([
    t('tokens.summary.may'),
    body.scopes?.length ? (
      <ul key="scopes" className="font-mono text-xs leading-5">
        {body.scopes.map((scope) => (
          <li key={scope}>{scope}</li>
        ))}
      </ul>
    ) : (
      t('tokens.summary.mayNothing')
    ),
  ]);
  lines.push(...restrictionLines(body.restrictions ?? {}));
  const limits = [
    ...(body.limits?.rates ?? []).map((rate) =>
      t('tokens.summary.rate', { limit: rate.limit, window: windowName(rate.window_seconds) }),
    ),
    ...(body.limits?.quotas ?? []).map((quota) =>
      t('tokens.summary.quota', { limit: quota.limit, period: t(`tokens.period.${quota.period}`) }),
    ),
  ];
  if (limits.length > 0) lines.push([t('tokens.summary.limits'), and(limits)]);
  if (expires) lines.push([t('tokens.summary.until'), dateAndTime(expires, zone)]);
  if (expires === null) lines.push([t('tokens.summary.until'), t('tokens.summary.never')]);
  return (
    <section aria-label={t('tokens.new.summary')} className="rounded-lg border bg-canvas p-4">
      <h2 className="text-xs font-medium text-ink-faint">{t('tokens.new.summary')}</h2>
      <p className="mt-0.5 text-lg font-semibold break-words">{body.name || t('tokens.summary.unnamed')}</p>
      <dl className="mt-3 grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm">
        {lines.map(([term, value]) => (
          <div key={term} className="contents">
            <dt className="text-ink-faint">{term}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {team.spec.tokens?.require_approval && (
        <p className="mt-3 text-sm text-warning">{t('tokens.summary.approval')}</p>
      )}
      <Tabs
        label={t('tokens.summary.equivalent')}
        value={tab}
        onChange={setTab}
        className="mt-4"
        tabs={[
          { value: 'cli', label: t('tokens.summary.cli') },
          { value: 'api', label: t('tokens.summary.api') },
        ]}
      >
        <TabPanel value="cli">
          <Code
            className="mt-2 max-h-56 overflow-y-auto"
            text={commandFor(team.name, body, lifetime)}
            what={t('tokens.summary.cli')}
          />
        </TabPanel>
        <TabPanel value="api">
          <Code
            className="mt-2 max-h-56 overflow-y-auto"
            text={requestFor(location.origin, team.name, body)}
            what={t('tokens.summary.api')}
          />
        </TabPanel>
      </Tabs>
    </section>
  );
}

function windowName(seconds: number): string {
  if (seconds === 1) return t('tokens.window.second');
  return t(seconds === 60 ? 'tokens.window.minute' : 'tokens.window.hour');
}
