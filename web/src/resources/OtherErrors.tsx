import { fieldErrorText, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { Mono } from '../ui/Code';
import { ProblemNote } from '../ui/States';
import { useOtherErrors } from './errors';

/** What was refused, above the buttons: the errors that no field shows, or a word that there are some further up. */
export function OtherErrors({ problem }: { problem: unknown }) {
  const errors = useOtherErrors();
  if (!problem) return null;
  const ofFields = problem instanceof ProblemError && (problem.problem.errors ?? []).length > 0;
  if (!ofFields) return <ProblemNote error={problem} className="mb-4 max-w-3xl" />;
  return (
    <div role="alert" className="mb-4 max-w-3xl rounded-md bg-refused-soft px-3 py-2.5 text-sm">
      <p className="font-medium text-refused">{t('resources.notSaved')}</p>
      {errors.length === 0 && <p className="text-ink-soft">{t('resources.notSaved.fields')}</p>}
      {errors.map((error) => (
        <p key={`${error.field} ${error.problem}`} className="text-ink-soft">
          <Mono>{error.field}</Mono> {fieldErrorText(error)}
        </p>
      ))}
    </div>
  );
}
