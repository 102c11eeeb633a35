import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { t } from '../messages/messages';
import { cx } from './cx';
import { Input } from './Field';

/** A password, hidden unless one asks to see it. Put it in a `Field`. */
export function PasswordInput({ className, ...rest }: ComponentProps<typeof Input>) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        {...rest}
        type={shown ? 'text' : 'password'}
        className={cx('pe-9', className as string)}
        autoCapitalize="none"
      />
      <button
        type="button"
        aria-label={t(shown ? 'session.password.hide' : 'session.password.show')}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 end-1 my-auto grid size-6 place-items-center rounded-sm text-ink-faint hover:text-ink"
      >
        {shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />}
      </button>
    </div>
  );
}
