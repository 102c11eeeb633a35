import { ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Empty, ErrorState } from '../ui/States';

interface ReadingProblemProps {
  error: unknown;
  onRetry: () => void;
  onClear: () => void;
}

/** Calls or a chart could not be read: what fails because of a filter is not mended by trying again. */
export function ReadingProblem({ error, onRetry, onClear }: ReadingProblemProps) {
  if (!(error instanceof ProblemError) || !error.problem.errors?.length)
    return <ErrorState error={error} onRetry={onRetry} />;
  return (
    <Empty
      title={t('calls.filter.problem')}
      text={error.problem.detail.replaceAll('`', '')}
      action={<Button onClick={onClear}>{t('ui.noResult.clear')}</Button>}
    />
  );
}
