import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { t } from '../../messages/messages';
import { Bone, Loaded } from '../../ui/States';
import { useZone } from '../../ui/Time';
import { tokenChartQuery } from '../queries';

const Chart = lazy(() => import('../../ui/Chart').then((module) => ({ default: module.Chart })));

interface RotationChartProps {
  team: string;
  old: string;
  successor: string;
  /** How far back, and in what steps. */
  hours: number;
  step: string;
  label: string;
}

/** The calls of both tokens of a rotation: one line falls as the other rises. */
export function RotationChart({ team, old, successor, hours, step, label }: RotationChartProps) {
  const zone = useZone();
  const fresh = { refetchInterval: step === '1m' ? 15_000 : 60_000 };
  const before = useQuery({ ...tokenChartQuery(team, old, hours, step, zone), ...fresh });
  const after = useQuery({ ...tokenChartQuery(team, successor, hours, step, zone), ...fresh });
  const series = useMemo(() => {
    const values = (chart: typeof before.data) =>
      chart?.series[0]?.points.map((point) => point?.calls ?? null) ?? chart?.buckets.map(() => null) ?? [];
    return [
      { label: t('tokens.rotation.old'), tone: 'neutral' as const, values: values(before.data) },
      { label: t('tokens.rotation.new'), tone: 1 as const, values: values(after.data) },
    ];
  }, [before.data, after.data]);
  const blank = <Bone className="h-[208px] w-full" />;
  return (
    <Loaded query={before} skeleton={blank}>
      {({ buckets }) => (
        <Suspense fallback={blank}>
          <Chart label={label} buckets={buckets} series={series} kind="lines" height={180} />
        </Suspense>
      )}
    </Loaded>
  );
}
