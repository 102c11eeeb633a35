import type { FieldError } from '../api/problem';
import { t } from '../messages/messages';
import { Field } from '../ui/Field';
import { PasswordInput } from '../ui/PasswordInput';

interface NewPasswordProps {
  label?: string;
  value: string;
  onChange: (value: string) => void;
  errors?: readonly (FieldError | string)[];
}

/** A password that one makes up: typed once, and seen where one wants to. */
export function NewPassword({ label, value, onChange, errors }: NewPasswordProps) {
  return (
    <Field label={label ?? t('session.password')} hint={t('session.password.hint')} errors={errors}>
      <PasswordInput
        className="h-9"
        name="new-password"
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
