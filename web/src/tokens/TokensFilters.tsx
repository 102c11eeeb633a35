import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '../api/client';
import { count as number } from '../format/numbers';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { FilterChip, ValueChip } from '../ui/Chip';
import { cx } from '../ui/cx';
import { controlClass, typedClass } from '../ui/Field';
import { Select } from '../ui/Select';
import { expiringDays, unusedDays } from './list';
import { type Status, statuses, type TokensSearch } from './search';
import { statusText } from './TokenStatus';

// Not a name that an app can have.
const any = '*';

interface TokensFiltersProps {
  search: TokensSearch;
  apps: readonly Schemas['App'][];
  onChange: (next: Partial<TokensSearch>) => void;
  count?: { loaded: number; more: boolean };
}

export function TokensFilters({ search, apps, onChange, count }: TokensFiltersProps) {
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <TextFilter value={search.q ?? ''} onChange={(q) => onChange({ q: q || undefined })} />
      <Select<string>
        label={t('tokens.filter.app')}
        size="sm"
        className="max-w-44"
        value={search.app ?? any}
        onChange={(app) => onChange({ app: app === any ? undefined : app })}
        choices={[
          { value: any, label: t('tokens.filter.anyApp') },
          ...apps.map((app) => ({ value: app.name, label: app.spec.title || app.name })),
        ]}
      />
      <Select<Status | typeof any>
        label={t('tokens.filter.status')}
        size="sm"
        className="max-w-44"
        value={search.status ?? any}
        onChange={(status) => onChange({ status: status === any ? undefined : status })}
        choices={[
          { value: any, label: t('tokens.filter.anyStatus') },
          ...statuses.map((status) => ({ value: status, label: statusText(status) })),
        ]}
      />
      <FilterChip on={Boolean(search.expiring)} onChange={(on) => onChange({ expiring: on || undefined })}>
        {t('tokens.filter.expiring', { days: expiringDays })}
      </FilterChip>
      <FilterChip on={Boolean(search.unused)} onChange={(on) => onChange({ unused: on || undefined })}>
        {t('tokens.filter.unused', { days: unusedDays })}
      </FilterChip>
      {search.api && (
        <ValueChip
          what={t('tokens.filter.api', { api: search.api })}
          onRemove={() => onChange({ api: undefined })}
        />
      )}
      {search.label && <ValueChip what={search.label} mono onRemove={() => onChange({ label: undefined })} />}
      {count && count.loaded > 0 && (
        <span className="ms-auto text-sm text-ink-faint tabular" title={number(count.loaded)}>
          {t(count.more ? 'tokens.countMore' : 'tokens.count', { count: count.loaded })}
        </span>
      )}
    </div>
  );
}

/** Typed text goes into the address when the typing pauses. */
function TextFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change.current(text), 250);
    return () => clearTimeout(timer);
  }, [text, value]);
  useShortcut('/', () => input.current?.focus(), {
    label: t('tokens.shortcut.search'),
    group: t('shell.shortcuts.here'),
  });
  return (
    <div className="relative w-52 max-sm:w-full">
      <Search className="pointer-events-none absolute start-2 top-1.5 size-4 text-ink-faint" aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={t('tokens.filter.q')}
        placeholder={t('tokens.filter.q')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          setText('');
          input.current?.blur();
        }}
        className={cx(controlClass, typedClass, 'h-7 w-full ps-8 text-sm')}
      />
    </div>
  );
}
