import { Plus, X } from 'lucide-react';
import type { Schemas } from '../../api/client';
import { t } from '../../messages/messages';
import { Button, IconButton } from '../../ui/Button';
import { InlineInput } from '../../ui/InlineInput';
import { useZone } from '../../ui/Time';
import { Toggle } from './RestrictionFields';

type Window = Schemas['TimeWindow'];
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

interface TimeWindowsProps {
  windows: readonly Window[];
  onChange: (windows: Window[]) => void;
  problem: boolean;
}

/** Days and hours in which the token works, by the zone of the team. */
export function TimeWindows({ windows, onChange, problem }: TimeWindowsProps) {
  const zone = useZone();
  const change = (at: number, next: Partial<Window>) =>
    onChange(windows.map((window, index) => (index === at ? { ...window, ...next } : window)));
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{t('tokens.restriction.windows')}</legend>
      <div className="flex flex-col items-start gap-2">
        {windows.map((window, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no name, and are not moved
          <div key={at} className="flex flex-wrap items-center gap-2">
            <div className="flex gap-1">
              {days.map((day) => {
                const chosen = window.days ?? [];
                return (
                  <Toggle
                    key={day}
                    on={chosen.includes(day)}
                    onChange={(on) =>
                      change(at, { days: days.filter((one) => (one === day ? on : chosen.includes(one))) })
                    }
                  >
                    {t(`tokens.day.${day}`)}
                  </Toggle>
                );
              })}
            </div>
            <InlineInput
              type="time"
              aria-label={t('tokens.restriction.windows.from')}
              value={window.from}
              onChange={(event) => event.target.value && change(at, { from: event.target.value })}
            />
            <span className="text-ink-faint">–</span>
            <InlineInput
              type="time"
              aria-label={t('tokens.restriction.windows.to')}
              value={window.to === '24:00' ? '00:00' : window.to}
              onChange={(event) =>
                event.target.value &&
                change(at, { to: event.target.value === '00:00' ? '24:00' : event.target.value })
              }
            />
            <span className="text-xs text-ink-faint">
              {window.zone}
              {window.from > window.to && ` · ${t('tokens.restriction.windows.overnight')}`}
            </span>
            <IconButton
              label={t('ui.remove')}
              size="sm"
              onClick={() => onChange(windows.filter((_, index) => index !== at))}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
        ))}
        {problem && <p className="text-sm text-refused">{t('tokens.restriction.windows.same')}</p>}
        <Button
          size="sm"
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() =>
            onChange([
              ...windows,
              { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', zone },
            ])
          }
        >
          {t('tokens.restriction.windows.add')}
        </Button>
      </div>
    </fieldset>
  );
}
