import type { Schemas } from '../api/client';
import { span } from '../format/durations';
import { count } from '../format/numbers';
import { t } from '../messages/messages';

export type Rate = Partial<Schemas['RateLimit']>;
export type Quota = Partial<Schemas['Quota']>;
export interface LimitsSpec {
  rates?: readonly Rate[];
  quotas?: readonly Quota[];
}

/** Limits as plain sentences. */
export function limitSentences(limits: LimitsSpec | undefined): string[] {
  return [...(limits?.rates ?? []).map(rateSentence), ...(limits?.quotas ?? []).map(quotaSentence)];
}

function amount(limit: number | undefined, unit: string | undefined): string {
  const number = limit ?? 0;
  return t(unit === 'cost' ? 'resources.limits.cost' : 'resources.limits.calls', { count: number });
}

export function rateSentence({ limit, window_seconds: window, burst, unit }: Rate): string {
  const most = amount(limit, unit);
  const every = t('resources.limits.rate', { most, window: spanOf(window ?? 0) });
  return burst == null || burst === limit
    ? every
    : t('resources.limits.burst', { every, burst: count(burst) });
}

/** "a minute", where one of a unit has a word of its own. */
function spanOf(seconds: number): string {
  if (seconds === 1) return t('resources.limits.perSecond');
  if (seconds === 60) return t('resources.limits.perMinute');
  if (seconds === 3600) return t('resources.limits.perHour');
  if (seconds === 86_400) return t('resources.limits.perDay');
  return t('resources.limits.perSpan', { span: span(seconds) });
}

export function quotaSentence({ limit, period, zone, unit }: Quota): string {
  return t('resources.limits.quota', {
    most: amount(limit, unit),
    period: t(`resources.limits.period.${period ?? 'day'}`),
    zone: zone ?? 'UTC',
  });
}

const sizes = { seconds: 1, minutes: 60, hours: 3600 } as const;
export type SpanUnit = keyof typeof sizes;
export const spanUnits = Object.keys(sizes) as SpanUnit[];

/** Seconds in the largest unit that they are whole ones of. */
export function inUnits(seconds: number): { value: number; unit: SpanUnit } {
  const unit =
    (['hours', 'minutes'] as const).find((one) => seconds > 0 && seconds % sizes[one] === 0) ?? 'seconds';
  return { value: seconds / sizes[unit], unit };
}

export function inSeconds(value: number, unit: SpanUnit): number {
  return value * sizes[unit];
}
