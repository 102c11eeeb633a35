import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { Button, IconButton } from '../ui/Button';
import { Input } from '../ui/Field';
import { useAt } from './form';
import { RowErrors } from './RowErrors';

interface PairsAtProps {
  path: string;
  /** What the two are called: "Scope", "What it allows". */
  names: [string, string];
  placeholders?: [string, string];
  add: string;
  most?: number;
  /** The first is an identifier. */
  mono?: boolean;
}

interface Pair {
  id: number;
  key: string;
  value: string;
}

/** A set of words with a text each: labels, or scopes with what they allow. */
export function PairsAt({ path, names, placeholders, add, most, mono }: PairsAtProps) {
  const [value, change] = useAt<Record<string, string>>(path);
  const [rows, setRows] = useState<Pair[]>(() =>
    Object.entries(value ?? {}).map(([key, text], id) => ({ id, key, value: text })),
  );
  const update = (next: Pair[]) => {
    setRows(next);
    const entries = next.filter(({ key }) => key !== '').map((row) => [row.key, row.value] as const);
    change(entries.length === 0 ? undefined : Object.fromEntries(entries));
  };
  const twice = new Set(
    rows.map(({ key }) => key).filter((key, index, all) => key !== '' && all.indexOf(key) !== index),
  );
  return (
    <div className="flex flex-col gap-2">
      {rows.map((row) => (
        <div key={row.id}>
          <div className="flex items-center gap-2">
            <Input
              aria-label={names[0]}
              mono={mono}
              className="max-w-48 basis-2/5"
              placeholder={placeholders?.[0]}
              value={row.key}
              onChange={(event) =>
                update(
                  rows.map((one) => (one.id === row.id ? { ...row, key: event.target.value.trim() } : one)),
                )
              }
            />
            <Input
              aria-label={`${names[1]}: ${row.key}`}
              className="flex-1"
              placeholder={placeholders?.[1]}
              value={row.value}
              onChange={(event) =>
                update(rows.map((one) => (one.id === row.id ? { ...row, value: event.target.value } : one)))
              }
            />
            <IconButton
              size="sm"
              label={t('ui.remove.what', { what: row.key })}
              onClick={() => update(rows.filter((one) => one.id !== row.id))}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
          {twice.has(row.key) && <p className="mt-1 text-sm text-refused">{t('resources.twice')}</p>}
        </div>
      ))}
      <RowErrors path={path} />
      <div>
        <Button
          size="sm"
          disabled={most !== undefined && rows.length >= most}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() =>
            setRows([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, key: '', value: '' }])
          }
        >
          {add}
        </Button>
      </div>
    </div>
  );
}
