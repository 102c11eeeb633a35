import type { Schemas } from '../../api/client';
import { type FieldError, fieldErrorText } from '../../api/problem';
import { FormContext } from '../../resources/form';
import { LimitsAt } from '../../resources/LimitsAt';
import type { FormProblem } from '../create/form';
import { LimitFields } from '../create/LimitFields';
import type { EditForm } from './form';

interface LimitsFieldProps {
  form: EditForm;
  onChange: (next: Partial<EditForm>) => void;
  problems: ReadonlySet<FormProblem>;
  errors?: readonly FieldError[];
}

/** The limits as a sentence, or row by row where they are more than it can say. */
export function LimitsField({ form, onChange, problems, errors }: LimitsFieldProps) {
  if (!form.rows) return <LimitFields form={form} onChange={onChange} problems={problems} errors={errors} />;
  const change = (_: string, rows: unknown) => onChange({ rows: (rows ?? {}) as Schemas['Limits'] });
  return (
    <FormContext value={{ spec: { limits: form.rows }, change }}>
      <LimitsAt path="limits" />
      {errors?.map((error) => (
        <p key={`${error.field} ${error.problem}`} role="alert" className="mt-2 text-sm text-refused">
          {fieldErrorText(error)}
        </p>
      ))}
    </FormContext>
  );
}
