import type { Schemas } from '../../api/client';
import { type FieldError, fieldErrorText } from '../../api/problem';
import { dateAndTime, dayOf } from '../../format/time';
import { t } from '../../messages/messages';
import { Segments } from '../../ui/Choices';
import { Field, Input } from '../../ui/Field';
import { useZone } from '../../ui/Time';
import type { ExpiryChoice, TokenForm } from './form';

interface ExpiryFieldsProps {
  form: TokenForm;
  onChange: (next: Partial<TokenForm>) => void;
  rules?: Schemas['TokenRules'];
  expires: Date | null | undefined;
  tried: boolean;
  /** Offers to leave the end where it is. */
  keep?: boolean;
  errors?: readonly FieldError[];
}

/** How long it lives, with the moment at which it ends. */
export function ExpiryFields(props: ExpiryFieldsProps) {
  const { form, onChange, rules, expires, tried, keep, errors = [] } = props;
  const zone = useZone();
  const usual = String(rules?.default_lifetime_days ?? 30);
  const fixed: ExpiryChoice[] = ['7', '30', '90'];
  const value =
    form.expiry === 'default' && fixed.includes(usual as ExpiryChoice)
      ? (usual as ExpiryChoice)
      : form.expiry;
  const late = expires instanceof Date && Number(expires) <= Date.now();
  return (
    <div className="flex flex-col gap-3">
      <Segments<ExpiryChoice>
        label={t('tokens.new.expiry')}
        value={value}
        onChange={(expiry) => onChange({ expiry })}
        choices={[
          ...(keep ? [{ value: 'keep' as const, label: t('tokens.expiry.keep') }] : []),
          ...(fixed.includes(usual as ExpiryChoice)
            ? []
            : [{ value: 'default' as const, label: t('tokens.expiry.default', { days: Number(usual) }) }]),
          { value: '7', label: t('tokens.expiry.7') },
          { value: '30', label: t('tokens.expiry.30') },
          { value: '90', label: t('tokens.expiry.90') },
          { value: 'date', label: t('tokens.expiry.date') },
          ...(rules?.allow_never_expiring
            ? [{ value: 'never' as const, label: t('tokens.expiry.never') }]
            : []),
        ]}
      />
      {form.expiry === 'date' && (
        <Field
          label={t('tokens.expiry.day')}
          errors={[
            ...(tried && expires === undefined ? [t('tokens.expiry.missing')] : []),
            ...(late ? [t('tokens.expiry.past')] : []),
          ]}
          className="w-44"
        >
          <Input
            type="date"
            min={dayOf(Date.now(), zone)}
            value={form.date}
            onChange={(event) => onChange({ date: event.target.value })}
          />
        </Field>
      )}
      <p className="text-sm text-ink-soft" aria-live="polite">
        {expires && !late && t('tokens.expiry.ends', { when: dateAndTime(expires, zone), zone })}
        {expires === null && t('tokens.expiry.neverEnds')}
        {!rules?.allow_never_expiring && (
          <span className="text-ink-faint"> {t('tokens.expiry.notNever')}</span>
        )}
      </p>
      {errors.map((error) => (
        <p key={error.field} role="alert" className="text-sm text-refused">
          {fieldErrorText(error)}
        </p>
      ))}
    </div>
  );
}
