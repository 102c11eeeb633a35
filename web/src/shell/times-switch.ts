import { t } from '../messages/messages';
import { chooseTimes, useTimes } from '../ui/times';
import { toast } from '../ui/toast';

/** From times as they are told to the other way, for all at once; says so, as there may be none in sight. */
export function useTimesSwitch(): () => void {
  const next = useTimes() === 'exact' ? 'relative' : 'exact';
  return () => {
    chooseTimes(next);
    toast({ title: t(`shell.times.now.${next}`) });
  };
}
