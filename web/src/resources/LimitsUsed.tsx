import { useQuery } from '@tanstack/react-query';
import { call } from '../api/client';
import { t } from '../messages/messages';
import { Limits } from './bits';
import { type LimitsSpec, limitSentences } from './limits';

interface LimitsUsedProps {
  team: string;
  app?: string;
  api?: string;
  limits: LimitsSpec | undefined;
}

/** The limits of an app or an api, and how much of each is left on the node that answers. */
export function LimitsUsed({ team, app, api, limits }: LimitsUsedProps) {
  const { data } = useQuery({
    queryKey: ['limits', team, app, api],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/limits', { path: { team }, query: { app, api }, signal }),
    refetchInterval: 10_000,
  });
  const sentences = limitSentences(limits);
  if (!data || data.limits.length !== sentences.length)
    return (
      <div className="text-sm">
        <Limits limits={limits} />
      </div>
    );
  return (
    <ul className="flex max-w-lg flex-col gap-3 text-sm">
      {data.limits.map((use, index) => {
        const part = use.limit === 0 ? 0 : (use.limit - use.remaining) / use.limit;
        return (
          <li key={use.definition}>
            <div className="flex flex-wrap justify-between gap-x-4">
              <span>{sentences[index]}</span>
              <span className="text-ink-faint tabular">
                {t('resources.limits.left', { remaining: use.remaining, limit: use.limit })}
              </span>
            </div>
            <div className="mt-1.5 h-1 overflow-hidden rounded-full bg-hover">
              <div
                ref={(element) => element?.style.setProperty('width', `${Math.min(1, part) * 100}%`)}
                className={part >= 0.9 ? 'h-full bg-warning-fill' : 'h-full bg-accent'}
              />
            </div>
          </li>
        );
      })}
    </ul>
  );
}
