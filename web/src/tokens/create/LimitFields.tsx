import { type FieldError, fieldErrorText } from '../../api/problem';
import { t } from '../../messages/messages';
import { T } from '../../messages/T';
import { InlineInput } from '../../ui/InlineInput';
import { Select } from '../../ui/Select';
import { type FormProblem, type RateWindow, rateWindows, type TokenForm } from './form';

interface LimitFieldsProps {
  form: TokenForm;
  onChange: (next: Partial<TokenForm>) => void;
  problems: ReadonlySet<FormProblem>;
  errors?: readonly FieldError[];
}

const periods = ['hour', 'day', 'month'] as const;

/** How much it may do, as a sentence to fill in. */
export function LimitFields({ form, onChange, problems, errors = [] }: LimitFieldsProps) {
  return (
    <>
      <div className="text-base leading-9">
        <T
          id="tokens.limits.sentence"
          values={{
            rate: (
              <InlineInput
                aria-label={t('tokens.limits.rate')}
                aria-invalid={problems.has('rate')}
                inputMode="numeric"
                placeholder={t('tokens.limits.any')}
                value={form.rate}
                onChange={(event) => onChange({ rate: event.target.value })}
                className="w-24 tabular"
              />
            ),
            window: (
              <Select<RateWindow>
                label={t('tokens.limits.window')}
                size="sm"
                className="mx-0.5 inline-flex w-fit align-middle"
                value={form.rateWindow}
                onChange={(rateWindow) => onChange({ rateWindow })}
                choices={(Object.keys(rateWindows) as RateWindow[]).map((value) => ({
                  value,
                  label: t(`tokens.window.${value}`),
                }))}
              />
            ),
            quota: (
              <InlineInput
                aria-label={t('tokens.limits.quota')}
                aria-invalid={problems.has('quota')}
                inputMode="numeric"
                placeholder={t('tokens.limits.any')}
                value={form.quota}
                onChange={(event) => onChange({ quota: event.target.value })}
                className="w-24 tabular"
              />
            ),
            period: (
              <Select<(typeof periods)[number]>
                label={t('tokens.limits.period')}
                size="sm"
                className="mx-0.5 inline-flex w-fit align-middle"
                value={form.quotaPeriod}
                onChange={(quotaPeriod) => onChange({ quotaPeriod })}
                choices={periods.map((value) => ({ value, label: t(`tokens.period.${value}`) }))}
              />
            ),
          }}
        />
      </div>
      {(problems.has('rate') || problems.has('quota')) && (
        <p className="text-sm text-refused">{t('tokens.limits.wrong')}</p>
      )}
      {errors.map((error) => (
        <p key={error.field} role="alert" className="text-sm text-refused">
          {fieldErrorText(error)}
        </p>
      ))}
    </>
  );
}
