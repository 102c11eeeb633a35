import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import type { FieldError } from '../../api/problem';
import { isAddressRange, isOriginPattern } from '../../format/addresses';
import { t } from '../../messages/messages';
import { ownAddressQuery } from '../../session/address';
import { MultiCombobox } from '../../ui/Combobox';
import { cx } from '../../ui/cx';
import { Field } from '../../ui/Field';
import { ListInput } from '../../ui/ListInput';
import { Tip } from '../../ui/Tip';
import { type FormProblem, type Method, methods, type TokenForm } from './form';
import { TimeWindows } from './TimeWindows';

interface RestrictionFieldsProps {
  form: TokenForm;
  onChange: (next: Partial<TokenForm>) => void;
  apis: readonly Schemas['Api'][];
  byField: Record<string, FieldError[]>;
  problems: ReadonlySet<FormProblem>;
}

/** Where, on which pages, with what and when it may be used. */
export function RestrictionFields({ form, onChange, apis, byField, problems }: RestrictionFieldsProps) {
  const own = useQuery(ownAddressQuery);
  const names = new Map(apis.map((api) => [api.spec.api, api.spec.title || api.spec.api]));
  const addressProblem = (value: string) => (isAddressRange(value) ? undefined : t('tokens.address.wrong'));
  const originProblem = (value: string) => (isOriginPattern(value) ? undefined : t('tokens.origin.wrong'));
  const mine = own.data && !form.allow.includes(own.data) ? own.data : undefined;
  return (
    <div className="grid gap-4">
      <Field label={t('tokens.restriction.allow')} errors={byField['restrictions.allow_addresses']}>
        <ListInput
          label={t('tokens.restriction.allow')}
          values={form.allow}
          onChange={(allow) => onChange({ allow })}
          placeholder={t('tokens.restriction.allow.placeholder')}
          problem={addressProblem}
          offers={
            mine && (
              <Tip text={t('tokens.restriction.allow.mineIs', { address: mine })}>
                <button
                  type="button"
                  onClick={() => onChange({ allow: [...form.allow, mine] })}
                  className="h-6 shrink-0 rounded-sm px-1.5 text-sm font-medium text-accent-ink hover:bg-hover"
                >
                  {t('tokens.restriction.allow.mine')}
                </button>
              </Tip>
            )
          }
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('tokens.restriction.origins')}
          hint={t('tokens.restriction.origins.hint')}
          errors={byField['restrictions.origins']}
        >
          <ListInput
            label={t('tokens.restriction.origins')}
            values={form.origins}
            onChange={(origins) => onChange({ origins })}
            placeholder={t('tokens.restriction.origins.placeholder')}
            problem={originProblem}
          />
        </Field>
        <Field label={t('tokens.restriction.apis')} errors={byField['restrictions.apis']}>
          <MultiCombobox
            label={t('tokens.restriction.apis')}
            value={form.apis}
            onChange={(chosen) => onChange({ apis: chosen })}
            placeholder={t('tokens.restriction.apis.placeholder')}
            choices={[...names].map(([value, label]) => ({ value, label, hint: value }))}
          />
        </Field>
      </div>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t('tokens.restriction.methods')}</legend>
        <div className="flex flex-wrap gap-1.5">
          {methods.map((method) => (
            <Toggle
              key={method}
              on={form.methods.includes(method)}
              onChange={(on) => onChange({ methods: withMethod(form.methods, method, on) })}
              mono
            >
              {method}
            </Toggle>
          ))}
        </div>
      </fieldset>
      <TimeWindows
        windows={form.windows}
        onChange={(windows) => onChange({ windows })}
        problem={problems.has('windows')}
      />
      <details className="group" open={form.deny.length > 0}>
        <summary className="w-fit cursor-default rounded-sm text-sm text-ink-soft hover:text-ink">
          {t('tokens.restriction.deny')}
        </summary>
        <div className="mt-2">
          <ListInput
            label={t('tokens.restriction.deny')}
            values={form.deny}
            onChange={(deny) => onChange({ deny })}
            placeholder={t('tokens.restriction.allow.placeholder')}
            problem={addressProblem}
          />
        </div>
      </details>
    </div>
  );
}

function withMethod(chosen: readonly Method[], method: Method, on: boolean): Method[] {
  return methods.filter((one) => (one === method ? on : chosen.includes(one)));
}

interface ToggleProps {
  on: boolean;
  onChange: (on: boolean) => void;
  mono?: boolean;
  children: string;
}

/** A word that is chosen or not, among several. */
export function Toggle({ on, onChange, mono, children }: ToggleProps) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => onChange(!on)}
      className={cx(
        'h-7 rounded-sm border px-2 text-xs',
        mono && 'font-mono',
        on
          ? 'border-accent-ink bg-accent-soft font-medium text-accent-ink'
          : 'border-line-strong text-ink-soft hover:bg-hover hover:text-ink',
      )}
    >
      {children}
    </button>
  );
}
