import { CircleAlert, CircleCheck } from 'lucide-react';
import { t } from '../messages/messages';

export type Kept = 'no' | 'yes' | 'failed';

interface ShownOnceProps {
  state: Kept;
  /** What is said before it was copied, and after. */
  not: string;
  done: string;
  /** What is said where it could not be. */
  failed?: string;
}

/** Whether something that is shown once was really copied or saved. */
export function ShownOnce({ state, not, done, failed }: ShownOnceProps) {
  const looks = {
    no: { icon: null, text: not, look: 'text-ink-faint' },
    yes: {
      icon: <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />,
      text: done,
      look: 'text-allowed',
    },
    failed: {
      icon: <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />,
      text: failed ?? `${t('ui.copy.failed')}. ${t('ui.copy.failed.text')}`,
      look: 'text-refused',
    },
  };
  const { icon, text, look } = looks[state];
  return (
    <p role="status" className={`flex gap-1.5 text-sm ${look}`}>
      {icon}
      {text}
    </p>
  );
}
