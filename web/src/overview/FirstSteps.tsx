import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { apisQuery } from '../apis/queries';
import { appsQuery } from '../apps/queries';
import { t } from '../messages/messages';
import { resourcesQuery } from '../resources/resource';
import { useCan, useSession, useTokenRights } from '../session/session';
import { installationTeam } from '../session/team';
import { ofFirstSteps } from '../shell/first-steps';
import { isAlive } from '../tokens/actions';
import { tokensQuery } from '../tokens/queries';
import { Button, ButtonLink } from '../ui/Button';
import { cx } from '../ui/cx';
import { Page } from '../ui/Page';
import { Bone } from '../ui/States';
import { FirstCall } from './FirstCall';

/** From nothing to the first call, step by step. Each step knows whether it is done. */
export function FirstSteps({ team, onDone }: { team: string; onDone: () => void }) {
  const can = useCan();
  const rights = useTokenRights();
  const { user } = useSession();
  const [works, setWorks] = useState(false);
  const upstreams = useQuery({
    ...resourcesQuery('upstreams', team),
    enabled: can('keyward:upstreams.read'),
  });
  const apis = useQuery({ ...apisQuery(team), enabled: can('keyward:apis.read') });
  const apps = useQuery({ ...appsQuery(team), enabled: can('keyward:apps.read') });
  const tokens = useInfiniteQuery({ ...tokensQuery(team, {}), enabled: can('keyward:tokens.read') });
  if (upstreams.isLoading || apis.isLoading || apps.isLoading || tokens.isLoading) {
    return (
      <Page title={t('overview.steps.title')} text={t('overview.steps.text')} width="text">
        <div aria-busy="true" className="flex flex-col gap-6">
          <Bone className="h-12 w-full" />
          <Bone className="h-12 w-full" />
          <Bone className="h-12 w-full" />
        </div>
      </Page>
    );
  }
  const published = (apis.data ?? []).filter(
    ({ spec }) => spec.lifecycle === 'published' || spec.lifecycle === 'deprecated',
  );
  const done = [
    (upstreams.data ?? []).length > 0,
    published.length > 0,
    (tokens.data?.pages ?? []).some((page) => page.items.some(isAlive)),
  ];
  // In the installation's own team, there is first another to make, in which all of this is done.
  const before = team === installationTeam && user.operator ? 1 : 0;
  const next = before ? undefined : done.indexOf(false);
  const noApp = apps.data?.length === 0;
  const drafts = (apis.data ?? []).length > published.length;

  return (
    <Page
      title={t('overview.steps.title')}
      text={t('overview.steps.text')}
      width="text"
      actions={
        <Button tone="quiet" onClick={onDone}>
          {t('overview.steps.skip')}
        </Button>
      }
    >
      <ol>
        {before > 0 && (
          <Step number={1} current title={t('overview.step.team')}>
            <p>{t('overview.step.team.text')}</p>
            <ButtonLink tone="primary" className="mt-3" to="/installation/teams" state={ofFirstSteps}>
              {t('overview.step.team.action')}
            </ButtonLink>
          </Step>
        )}
        <Step
          number={before + 1}
          done={!before && done[0]}
          current={next === 0}
          title={t('overview.step.upstream')}
        >
          <p>{t('overview.step.upstream.text')}</p>
          {next === 0 && can('keyward:upstreams.write') && (
            <ButtonLink
              tone="primary"
              className="mt-3"
              to="/teams/$team/upstreams/-/new"
              params={{ team }}
              state={ofFirstSteps}
            >
              {t('overview.step.upstream.action')}
            </ButtonLink>
          )}
        </Step>
        <Step
          number={before + 2}
          done={!before && done[1]}
          current={next === 1}
          title={t('overview.step.api')}
        >
          <p>{t(drafts && !done[1] ? 'overview.step.api.draft' : 'overview.step.api.text')}</p>
          {next === 1 && can('keyward:apis.write') && (
            <div className="mt-3 flex flex-wrap gap-2">
              <ButtonLink
                tone="primary"
                to={drafts ? '/teams/$team/apis' : '/teams/$team/apis/-/new'}
                params={{ team }}
                state={ofFirstSteps}
              >
                {t(drafts ? 'overview.step.api.publish' : 'overview.step.api.action')}
              </ButtonLink>
              {!drafts && (
                <ButtonLink to="/teams/$team/apis/-/import" params={{ team }} state={ofFirstSteps}>
                  {t('overview.step.api.import')}
                </ButtonLink>
              )}
            </div>
          )}
        </Step>
        <Step
          number={before + 3}
          done={!before && done[2]}
          current={next === 2}
          title={t('overview.step.token')}
        >
          <p>{t(noApp ? 'overview.step.token.noApp' : 'overview.step.token.text')}</p>
          {next === 2 && noApp && can('keyward:apps.write') && (
            <ButtonLink
              tone="primary"
              className="mt-3"
              to="/teams/$team/apps/-/new"
              params={{ team }}
              state={ofFirstSteps}
            >
              {t('overview.step.app.action')}
            </ButtonLink>
          )}
          {next === 2 && !noApp && rights.any && (
            <ButtonLink
              tone="primary"
              className="mt-3"
              to="/teams/$team/tokens/new"
              params={{ team }}
              state={ofFirstSteps}
            >
              {t('overview.step.token.action')}
            </ButtonLink>
          )}
        </Step>
        <Step
          number={before + 4}
          done={works}
          open
          current={next === -1}
          last
          title={t('overview.step.call')}
        >
          {next === -1 ? (
            <FirstCall team={team} apis={published} onWorks={setWorks} onDone={onDone} />
          ) : (
            <p>{t('overview.step.call.text')}</p>
          )}
        </Step>
      </ol>
    </Page>
  );
}

interface StepProps {
  number: number;
  done?: boolean;
  /** Its text stays when it is done. */
  open?: boolean;
  current: boolean;
  last?: boolean;
  title: string;
  children: ReactNode;
}

function Step({ number, done, open, current, last, title, children }: StepProps) {
  return (
    <li
      aria-current={current && !done ? 'step' : undefined}
      className={cx('relative flex gap-4', !last && 'pb-7')}
    >
      {!last && <span aria-hidden className="absolute start-3 top-7 bottom-1 w-px bg-line" />}
      <span
        className={cx(
          'grid size-6 shrink-0 place-items-center rounded-full text-xs font-semibold tabular',
          done
            ? 'bg-allowed-soft text-allowed'
            : current
              ? 'bg-accent text-on-accent'
              : 'border border-line-strong text-ink-soft',
        )}
      >
        {done ? <Check className="size-3.5" aria-label={t('overview.step.done')} /> : number}
      </span>
      <div className="min-w-0 flex-1">
        <h2 className={cx('text-base leading-6 font-semibold', done && 'text-ink-soft')}>{title}</h2>
        <div className="max-w-prose text-base text-ink-soft">{done && !open ? null : children}</div>
      </div>
    </li>
  );
}
