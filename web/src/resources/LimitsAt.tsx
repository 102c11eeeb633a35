import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { Button, IconButton } from '../ui/Button';
import { Combobox } from '../ui/Combobox';
import { NumberInput } from '../ui/NumberInput';
import { Select } from '../ui/Select';
import { useZone } from '../ui/Time';
import { useAt } from './form';
import {
  inSeconds,
  inUnits,
  type LimitsSpec,
  type Quota,
  quotaSentence,
  type Rate,
  rateSentence,
  type SpanUnit,
  spanUnits,
} from './limits';
import { RowErrors } from './RowErrors';

const most = 8;
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => ({
  value: zone,
  label: zone,
}));

/** Rates and quotas, each a row that reads as a sentence. */
export function LimitsAt({ path }: { path: string }) {
  const [limits = {}, change] = useAt<LimitsSpec>(path);
  const zone = useZone();
  const rates = limits.rates ?? [];
  const quotas = limits.quotas ?? [];
  const setRates = (next: readonly Rate[]) => change({ ...limits, rates: next.length ? next : undefined });
  const setQuotas = (next: readonly Quota[]) => change({ ...limits, quotas: next.length ? next : undefined });
  return (
    <div className="flex flex-col gap-3">
      {rates.length + quotas.length === 0 && (
        <p className="text-sm text-ink-faint">{t('resources.limits.none')}</p>
      )}
      {rates.map((rate, index) => (
        <RateRow
          // Rates have nothing that tells them apart but their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={index}
          path={`${path}.rates[${index}]`}
          rate={rate}
          onChange={(next) => setRates(rates.with(index, next))}
          onRemove={() => setRates(rates.filter((_, at) => at !== index))}
        />
      ))}
      {quotas.map((quota, index) => (
        <QuotaRow
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          key={index}
          path={`${path}.quotas[${index}]`}
          quota={quota}
          onChange={(next) => setQuotas(quotas.with(index, next))}
          onRemove={() => setQuotas(quotas.filter((_, at) => at !== index))}
        />
      ))}
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          disabled={rates.length >= most}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => setRates([...rates, { limit: 60, window_seconds: 60 }])}
        >
          {t('resources.limits.addRate')}
        </Button>
        <Button
          size="sm"
          disabled={quotas.length >= most}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => setQuotas([...quotas, { limit: 10_000, period: 'day', zone }])}
        >
          {t('resources.limits.addQuota')}
        </Button>
      </div>
    </div>
  );
}

interface RateRowProps {
  path: string;
  rate: Rate;
  onChange: (rate: Rate) => void;
  onRemove: () => void;
}

function RateRow({ path, rate, onChange, onRemove }: RateRowProps) {
  const [unit, setUnit] = useState<SpanUnit>(() => inUnits(rate.window_seconds ?? 60).unit);
  const fits = (rate.window_seconds ?? 0) % inSeconds(1, unit) === 0;
  const shown: SpanUnit = fits ? unit : 'seconds';
  const window = rate.window_seconds === undefined ? undefined : rate.window_seconds / inSeconds(1, shown);
  return (
    <LimitRow path={path} sentence={rateSentence(rate)} onRemove={onRemove}>
      <NumberInput
        label={t('resources.limits.limit')}
        className="w-20!"
        value={rate.limit}
        onChange={(limit) => onChange({ ...rate, limit })}
      />
      <UnitSelect value={rate.unit} onChange={(next) => onChange({ ...rate, unit: next })} />
      <span>{t('resources.limits.in')}</span>
      <NumberInput
        label={t('resources.limits.window')}
        className="w-14!"
        value={window}
        onChange={(value) =>
          onChange({ ...rate, window_seconds: value === undefined ? undefined : inSeconds(value, shown) })
        }
      />
      <Select<SpanUnit>
        label={t('resources.limits.windowUnit')}
        className="w-26"
        value={shown}
        onChange={(next) => {
          setUnit(next);
          if (window !== undefined) onChange({ ...rate, window_seconds: inSeconds(window, next) });
        }}
        choices={spanUnits.map((one) => ({ value: one, label: t(`resources.limits.unit.${one}`) }))}
      />
      <span>{t('resources.limits.upTo')}</span>
      <NumberInput
        label={t('resources.limits.burstOf')}
        className="w-16!"
        value={rate.burst}
        placeholder={rate.limit?.toString()}
        unit={t('resources.limits.atOnce')}
        onChange={(burst) => onChange({ ...rate, burst })}
      />
    </LimitRow>
  );
}

interface QuotaRowProps {
  path: string;
  quota: Quota;
  onChange: (quota: Quota) => void;
  onRemove: () => void;
}

function QuotaRow({ path, quota, onChange, onRemove }: QuotaRowProps) {
  return (
    <LimitRow path={path} sentence={quotaSentence(quota)} onRemove={onRemove}>
      <NumberInput
        label={t('resources.limits.limit')}
        className="w-20!"
        value={quota.limit}
        onChange={(limit) => onChange({ ...quota, limit })}
      />
      <UnitSelect value={quota.unit} onChange={(unit) => onChange({ ...quota, unit })} />
      <span>{t('resources.limits.each')}</span>
      <Select<'hour' | 'day' | 'month'>
        label={t('resources.limits.period')}
        className="w-24"
        value={quota.period ?? 'day'}
        onChange={(period) => onChange({ ...quota, period })}
        choices={(['hour', 'day', 'month'] as const).map((period) => ({
          value: period,
          label: t(`resources.limits.period.${period}`),
        }))}
      />
      <span>{t('resources.limits.byClock')}</span>
      <Combobox
        label={t('resources.limits.zone')}
        className="w-44"
        choices={zones}
        value={quota.zone ?? 'UTC'}
        onChange={(zone) => onChange({ ...quota, zone: zone ?? undefined })}
      />
    </LimitRow>
  );
}

function UnitSelect({
  value = 'calls',
  onChange,
}: {
  value?: 'calls' | 'cost';
  onChange: (unit: 'calls' | 'cost') => void;
}) {
  return (
    <Select<'calls' | 'cost'>
      label={t('resources.limits.counts')}
      className="w-28"
      value={value}
      onChange={onChange}
      choices={[
        { value: 'calls', label: t('resources.limits.unitCalls') },
        { value: 'cost', label: t('resources.limits.unitCost') },
      ]}
    />
  );
}

interface LimitRowProps {
  path: string;
  sentence: string;
  onRemove: () => void;
  children: React.ReactNode;
}

function LimitRow({ path, sentence, onRemove, children }: LimitRowProps) {
  return (
    <div className="rounded-md border px-3 py-2.5">
      <div className="flex items-start gap-2">
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 gap-y-1.5 text-sm text-ink-soft">
          {children}
        </div>
        <IconButton size="sm" label={t('ui.remove.what', { what: sentence })} onClick={onRemove}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </div>
      <RowErrors path={path} />
    </div>
  );
}
