import { fieldErrorText } from '../api/problem';
import { useErrorsAt } from './errors';

/** The errors of an entry of a list, with the member that is meant. */
export function RowErrors({ path }: { path: string }) {
  const errors = useErrorsAt(path);
  return errors.map((error) => {
    const member = error.field.slice(path.length).replace(/^\./, '');
    return (
      <p key={`${error.field} ${error.problem}`} data-invalid="" className="mt-1.5 text-sm text-refused">
        {member && <code className="me-1.5 font-mono text-xs">{member}</code>}
        {fieldErrorText(error)}
      </p>
    );
  });
}
