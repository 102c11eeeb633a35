import { X } from 'lucide-react';
import { isFixed } from '../calls/range';
import { TimeRange } from '../calls/TimeRange';
import { t } from '../messages/messages';
import { Button, IconButton } from '../ui/Button';
import { ValueChip } from '../ui/Chip';
import { SearchInput } from '../ui/SearchInput';
import { Select } from '../ui/Select';
import { type AuditSearch, isFiltered, type Kind, kinds } from './search';

/** Somebody whose actions can be looked for. */
export interface Somebody {
  id: string;
  name: string;
}

interface FiltersProps {
  search: AuditSearch;
  people: readonly Somebody[];
  onChange: (next: Partial<AuditSearch>) => void;
  onClear: () => void;
}

const any = 'any';
const between = 'between';
const other = 'other';
const spans = ['1h', '24h', '7d', '30d', '90d'] as const;

export function Filters({ search, people, onChange, onClear }: FiltersProps) {
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <SearchInput
        label={t('audit.filter.action')}
        value={search.action ?? ''}
        onChange={(action) => onChange({ action: action.trim() || undefined })}
      />
      <Select<Kind | typeof any>
        size="sm"
        className="w-40"
        label={t('audit.filter.kind')}
        value={search.kind ?? any}
        onChange={(kind) => onChange({ kind: kind === any ? undefined : kind })}
        choices={[
          { value: any, label: t('audit.filter.anyKind') },
          ...kinds.map((kind) => ({ value: kind, label: t(`audit.kinds.${kind}`) })),
        ]}
      />
      {people.length > 0 && (
        <Select
          size="sm"
          className="w-40"
          label={t('audit.filter.actor')}
          value={(search.actor && (isOneOf(people, search.actor) ? search.actor : other)) || any}
          onChange={(actor) => actor !== other && onChange({ actor: actor === any ? undefined : actor })}
          choices={[
            { value: any, label: t('audit.filter.anybody') },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
            ...(search.actor && !isOneOf(people, search.actor)
              ? [{ value: other, label: t('audit.filter.other') }]
              : []),
          ]}
        />
      )}
      <When search={search} onChange={onChange} />
      {search.target && (
        <ValueChip
          mono
          what={t('audit.filter.target', { id: search.target })}
          onRemove={() => onChange({ target: undefined })}
        />
      )}
      {search.actor && !isOneOf(people, search.actor) && (
        <ValueChip
          mono
          what={t('audit.filter.by', { id: search.actor })}
          onRemove={() => onChange({ actor: undefined })}
        />
      )}
      {isFiltered(search) && (
        <Button size="sm" tone="quiet" onClick={onClear}>
          {t('ui.noResult.clear')}
        </Button>
      )}
    </div>
  );
}

const isOneOf = (people: readonly Somebody[], id: string) => people.some((one) => one.id === id);

function When({ search, onChange }: Omit<FiltersProps, 'people' | 'onClear'>) {
  if (isFixed(search))
    return (
      <span className="flex items-center">
        <TimeRange search={search} onChange={onChange} />
        <IconButton
          size="sm"
          label={t('audit.filter.anyTime')}
          onClick={() => onChange({ range: undefined, from: undefined, to: undefined })}
        >
          <X className="size-3.5" aria-hidden />
        </IconButton>
      </span>
    );
  return (
    <Select<(typeof spans)[number] | typeof any | typeof between>
      size="sm"
      className="w-44"
      label={t('audit.filter.time')}
      value={spans.find((span) => span === search.range) ?? any}
      onChange={(range) => {
        if (range === between)
          onChange({ range: undefined, from: new Date(Date.now() - 7 * 86_400_000).toISOString() });
        else onChange({ range: range === any ? undefined : range });
      }}
      choices={[
        { value: any, label: t('audit.filter.anyTime') },
        ...spans.map((span) => ({ value: span, label: t(`audit.time.${span}`) })),
        { value: between, label: t('audit.filter.between') },
      ]}
    />
  );
}
