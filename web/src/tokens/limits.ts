import type { Schemas } from '../api/client';
import { span } from '../format/durations';
import { t } from '../messages/messages';

/** Each limit in words. */
export function limitLines({ rates = [], quotas = [] }: Schemas['Limits']): string[] {
  return [
    ...rates.map((rate) =>
      t('tokens.limit.rate', {
        limit: rate.limit,
        unit: rate.unit ?? 'calls',
        span: span(rate.window_seconds),
        burst: rate.burst && rate.burst !== rate.limit ? rate.burst : 0,
      }),
    ),
    ...quotas.map((quota) =>
      t('tokens.limit.quota', {
        limit: quota.limit,
        unit: quota.unit ?? 'calls',
        period: t(`tokens.period.${quota.period}`),
        zone: quota.zone ?? 'UTC',
      }),
    ),
  ];
}
