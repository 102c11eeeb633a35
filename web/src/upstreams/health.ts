import { queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';
import type { Tone } from '../ui/Badge';

type Reported = Schemas['TargetHealth'];

/** How a target is. */
export interface Target extends Omit<Reported, 'health'> {
  health: 'healthy' | 'unhealthy' | 'unknown';
}

export interface UpstreamHealth {
  upstream: string;
  node: string;
  problem?: string | null;
  targets: Target[];
}

/** How the targets are now; asked again every few seconds while the page is seen. */
export const healthQuery = (team: string, name: string, seconds = 3) =>
  queryOptions({
    queryKey: ['upstreams', team, 'health', name],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/teams/{team}/upstreams/{name}/health', {
        path: { team, name },
        signal,
      })) as unknown as UpstreamHealth,
    refetchInterval: seconds * 1000,
    refetchIntervalInBackground: false,
    staleTime: 1000,
  });

export const verdictTones: Record<Target['health'], Tone> = {
  healthy: 'allowed',
  unhealthy: 'refused',
  unknown: 'neutral',
};

export const stateTones: Record<Reported['state'], Tone> = {
  in_use: 'allowed',
  growing: 'accent',
  ejected: 'warning',
  down: 'refused',
  drained: 'neutral',
  unknown: 'neutral',
};

/** How many targets there are that should get calls, and how many of them do. */
export function usable(targets: readonly Target[]): { usable: number; of: number } {
  const meant = targets.filter(({ state }) => state !== 'drained');
  return {
    usable: meant.filter(({ state }) => state === 'in_use' || state === 'growing').length,
    of: meant.length,
  };
}
