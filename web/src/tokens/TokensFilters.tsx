import type { Schemas } from '../api/client';
import { count as number } from '../format/numbers';
import { t } from '../messages/messages';
import { FilterChip, ValueChip } from '../ui/Chip';
import { SearchInput } from '../ui/SearchInput';
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
      <SearchInput
        label={t('tokens.filter.q')}
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
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
