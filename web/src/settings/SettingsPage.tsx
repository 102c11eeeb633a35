import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { limitSentences } from '../resources/limits';
import { useCan, useTeamName } from '../session/session';
import { teamQuery } from '../session/team';
import { Page } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { TeamEditor } from './TeamEditor';
import { TeamForm } from './TeamForm';

/** What a team decides for itself. */
export function SettingsPage() {
  const name = useTeamName();
  const can = useCan();
  const team = useQuery(teamQuery(name));
  const may = can('keyward:teams.write');
  return (
    <Page title={t('settings.title')} text={t('settings.text')} width="form">
      <Loaded query={team} skeleton={<Skeleton />}>
        {(data) =>
          may ? (
            <TeamEditor key={data.id} team={data}>
              <TeamForm />
            </TeamEditor>
          ) : (
            <ReadOnly team={data} />
          )
        }
      </Loaded>
    </Page>
  );
}

function ReadOnly({ team: { name, spec } }: { team: Schemas['Team'] }) {
  const days = (count: number | undefined) => t('ui.span.day', { count: count ?? 0 });
  const yesNo = (on: boolean | undefined) => t(on ? 'settings.yes' : 'settings.no');
  const limits = limitSentences(spec.limits);
  return (
    <div className="max-w-3xl">
      <p className="mb-4 text-sm text-ink-faint">{t('settings.readOnly')}</p>
      <Terms
        items={[
          [t('settings.title.field'), spec.title || name],
          [t('settings.zone'), spec.zone],
          [t('settings.prefix'), spec.token_prefix],
          [t('settings.lifetime'), days(spec.tokens?.default_lifetime_days)],
          [t('settings.never'), yesNo(spec.tokens?.allow_never_expiring)],
          [t('settings.approval'), yesNo(spec.tokens?.require_approval)],
          [
            t('settings.age'),
            spec.tokens?.maximum_age ? days(spec.tokens.maximum_age.days) : t('settings.no'),
          ],
          [t('settings.secondFactor'), yesNo(spec.members?.require_second_factor)],
          [t('settings.calls'), days(spec.retention?.calls_days)],
          [t('settings.deadTokens'), days(spec.retention?.dead_tokens_days)],
          [t('settings.limits'), limits.length > 0 ? limits.join('; ') : t('ui.none')],
        ]}
      />
    </div>
  );
}

/** Like `Facts`, with room for terms that are whole sentences. */
function Terms({ items }: { items: readonly (readonly [string, string | undefined])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[16rem_minmax(0,1fr)]">
      {items.map(([term, value]) => (
        <div key={term} className="contents">
          <dt className="text-ink-faint max-sm:mt-1">{term}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-10">
      {['about', 'tokens', 'people', 'retention'].map((part) => (
        <div key={part} className="grid gap-x-10 gap-y-4 lg:grid-cols-[15rem_minmax(0,42rem)]">
          <Bone className="h-4 w-32" />
          <div>
            <Bone className="mb-3 h-8 w-72 max-w-full" />
            <Bone className="w-2/3" />
          </div>
        </div>
      ))}
    </div>
  );
}
