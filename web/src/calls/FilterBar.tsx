import { ListFilter, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { PickList } from '../ui/PickList';
import { Popover } from '../ui/Popover';
import { FilterEditor } from './FilterEditor';
import { type CallFilter, chosen, type Dimension } from './filter';
import { dimensionText, isMono, valueText } from './filter-text';
import type { Names } from './names';
import { TimeRange } from './TimeRange';

interface FilterBarProps {
  filter: CallFilter;
  /** What can be filtered by here. */
  dimensions: readonly Dimension[];
  names: Names;
  onChange: (next: Partial<CallFilter>) => void;
  /** At the end of the row. */
  children?: ReactNode;
}

/** Which calls are meant: the time, and a chip for each filter that is set. */
export function FilterBar({ filter, dimensions, names, onChange, children }: FilterBarProps) {
  const set = chosen(filter).filter((dimension) => dimensions.includes(dimension));
  const clear = Object.fromEntries(set.map((dimension) => [dimension, undefined]));
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <TimeRange search={filter} onChange={onChange} />
      {set.map((dimension) => (
        <Chip
          key={dimension}
          dimension={dimension}
          filter={filter}
          names={names}
          onChange={(value) => onChange({ [dimension]: value })}
        />
      ))}
      <AddFilter
        dimensions={dimensions.filter((dimension) => filter[dimension] === undefined)}
        filter={filter}
        names={names}
        onAdd={(dimension, value) => onChange({ [dimension]: value })}
      />
      {set.length > 1 && (
        <Button size="sm" tone="quiet" onClick={() => onChange(clear)}>
          {t('calls.filter.clear')}
        </Button>
      )}
      {children && <div className="ms-auto flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

interface ChipProps {
  dimension: Dimension;
  filter: CallFilter;
  names: Names;
  onChange: (value: string | undefined) => void;
}

function Chip({ dimension, filter, names, onChange }: ChipProps) {
  const [open, setOpen] = useState(false);
  const what = dimensionText(dimension);
  const value = valueText(dimension, filter[dimension] ?? '', names);
  return (
    <span className="inline-flex h-7 max-w-full items-center rounded-md border border-line-strong text-sm">
      <Popover
        label={what}
        open={open}
        onOpen={setOpen}
        trigger={
          <button
            type="button"
            className="flex h-full min-w-0 items-center gap-1.5 rounded-s-md ps-2 pe-1 hover:bg-hover"
          >
            <span className="text-ink-faint">{what}</span>
            <span
              className={
                isMono(dimension) ? 'truncate font-mono text-xs font-medium' : 'truncate font-medium'
              }
            >
              {value}
            </span>
          </button>
        }
      >
        <FilterEditor
          dimension={dimension}
          filter={filter}
          names={names}
          onChange={(next) => {
            setOpen(false);
            onChange(next);
          }}
        />
      </Popover>
      <button
        type="button"
        aria-label={t('ui.remove.what', { what: `${what} ${value}` })}
        onClick={() => onChange(undefined)}
        className="grid h-full w-6 shrink-0 place-items-center rounded-e-md text-ink-faint hover:bg-hover hover:text-ink"
      >
        <X className="size-3.5" aria-hidden />
      </button>
    </span>
  );
}

interface AddFilterProps {
  dimensions: readonly Dimension[];
  filter: CallFilter;
  names: Names;
  onAdd: (dimension: Dimension, value: string) => void;
}

function AddFilter({ dimensions, filter, names, onAdd }: AddFilterProps) {
  const [open, setOpen] = useState(false);
  const [dimension, setDimension] = useState<Dimension>();
  const show = (next: boolean) => {
    setOpen(next);
    if (next) setDimension(undefined);
  };
  useShortcut('f', () => show(true), {
    label: t('calls.filter.add'),
    group: t('shell.shortcuts.here'),
    when: dimensions.length > 0,
  });
  return (
    <Popover
      label={t('calls.filter.add')}
      open={open}
      onOpen={show}
      trigger={
        <Button size="sm" tone="quiet" icon={<ListFilter className="size-3.5" aria-hidden />}>
          {t('calls.filter')}
        </Button>
      }
    >
      {dimension ? (
        <FilterEditor
          key={dimension}
          dimension={dimension}
          filter={filter}
          names={names}
          onChange={(value) => {
            setOpen(false);
            if (value !== undefined) onAdd(dimension, value);
          }}
        />
      ) : (
        <PickList
          label={t('calls.filter.by')}
          choices={dimensions.map((one) => ({ value: one, label: dimensionText(one) }))}
          onPick={(value) => setDimension(dimensions.find((one) => one === value))}
        />
      )}
    </Popover>
  );
}
