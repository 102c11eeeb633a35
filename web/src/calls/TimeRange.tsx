import { CalendarClock, Check } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { dateAndTime } from '../format/time';
import { momentOf, wallOf } from '../format/wall';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Field, Input } from '../ui/Field';
import { Popover } from '../ui/Popover';
import { useZone } from '../ui/Time';
import { isFixed, type Preset, presetOf, presets, type RangeSearch, rangeOf } from './range';

interface TimeRangeProps {
  search: RangeSearch;
  onChange: (next: RangeSearch) => void;
}

/** The time that is looked at: back from now, or between two moments by the clock of the team. */
export function TimeRange({ search, onChange }: TimeRangeProps) {
  const [open, setOpen] = useState(false);
  const zone = useZone();
  const change = (next: RangeSearch) => {
    setOpen(false);
    onChange(next);
  };
  return (
    <Popover
      label={t('calls.range')}
      open={open}
      onOpen={setOpen}
      trigger={
        <Button size="sm" icon={<CalendarClock className="size-3.5 text-ink-faint" aria-hidden />}>
          <span className="truncate tabular">{rangeText(search, zone)}</span>
        </Button>
      }
    >
      <ul className="p-1">
        {presets.map((preset) => {
          const on = !isFixed(search) && presetOf(search) === preset;
          return (
            <li key={preset}>
              <button
                type="button"
                aria-pressed={on}
                onClick={() => change({ range: preset, from: undefined, to: undefined })}
                className="flex h-7 w-full items-center gap-2 rounded-sm px-2 text-start text-sm hover:bg-hover"
              >
                <Check className={on ? 'size-4 text-accent-ink' : 'invisible size-4'} aria-hidden />
                {presetText(preset)}
              </button>
            </li>
          );
        })}
      </ul>
      <Between search={search} zone={zone} onChange={change} />
    </Popover>
  );
}

export function rangeText(search: RangeSearch, zone: string): string {
  if (!isFixed(search)) return presetText(presetOf(search));
  const text = (at: string) => dateAndTime(new Date(at), zone);
  if (search.from && search.to)
    return t('calls.range.between', { from: text(search.from), to: text(search.to) });
  return search.from
    ? t('calls.range.since', { from: text(search.from) })
    : t('calls.range.until', { to: text(search.to ?? '') });
}

function Between({
  search,
  zone,
  onChange,
}: {
  search: RangeSearch;
  zone: string;
  onChange: (next: RangeSearch) => void;
}) {
  const start = rangeOf(search, Date.now());
  const [from, setFrom] = useState(start.from ? wallOf(new Date(start.from), zone) : '');
  const [to, setTo] = useState(wallOf(start.to ? new Date(start.to) : Date.now(), zone));
  const [asked, setAsked] = useState(false);
  const first = momentOf(from, zone);
  const last = momentOf(to, zone);
  const backwards = first && last && first >= last;

  function apply(event: FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (first && last && !backwards)
      onChange({ range: undefined, from: first.toISOString(), to: last.toISOString() });
  }

  return (
    <form onSubmit={apply} noValidate className="flex w-60 flex-col gap-2 border-t p-3">
      <Field label={t('calls.range.from')} errors={asked && !first ? [t('calls.range.missing')] : []}>
        <Input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      </Field>
      <Field
        label={t('calls.range.to')}
        hint={t('calls.range.zone', { zone })}
        errors={
          asked && !last ? [t('calls.range.missing')] : asked && backwards ? [t('calls.range.backwards')] : []
        }
      >
        <Input type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />
      </Field>
      <Button type="submit" size="sm" className="self-end">
        {t('calls.range.apply')}
      </Button>
    </form>
  );
}

function presetText(preset: Preset): string {
  return t(`calls.range.${preset}`);
}
