import { Radio } from 'lucide-react';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';
import type { LiveState } from './live';

interface LiveButtonProps {
  on: boolean;
  state: LiveState;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function LiveButton({ on, state, disabled, onChange }: LiveButtonProps) {
  return (
    <Button
      aria-pressed={on}
      disabled={disabled}
      onClick={() => onChange(!on)}
      className={cx(on && state !== 'lost' && 'border-accent-ink! bg-accent-soft! text-accent-ink!')}
      icon={
        on && state === 'on' ? (
          <span className="grid size-4 place-items-center" aria-hidden>
            <span className="size-2 animate-pulse rounded-full bg-accent-ink" />
          </span>
        ) : (
          <Radio className="size-4" aria-hidden />
        )
      }
    >
      {t(on ? `calls.live.${state}` : 'calls.live.off')}
    </Button>
  );
}
