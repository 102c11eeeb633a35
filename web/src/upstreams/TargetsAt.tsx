import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { percent } from '../format/numbers';
import { t } from '../messages/messages';
import { useAt } from '../resources/form';
import { RowErrors } from '../resources/RowErrors';
import { resourcesQuery, type Spec } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Button, IconButton } from '../ui/Button';
import { Combobox } from '../ui/Combobox';
import { Input } from '../ui/Field';
import { NumberInput } from '../ui/NumberInput';

type Target = Spec<'upstreams'>['targets'][number];

/** The targets with their weights, and what part of the calls that makes. */
export function TargetsAt() {
  const team = useTeamName();
  const [targets = [], change] = useAt<Target[]>('targets');
  const connections = useQuery(resourcesQuery('connections', team));
  const sum = targets.reduce((total, { weight }) => total + (weight ?? 1), 0);
  const set = (index: number, next: Partial<Target>) =>
    change(targets.map((target, at) => (at === index ? { ...target, ...next } : target)));
  return (
    <div className="flex flex-col gap-3">
      <div
        aria-hidden
        className="hidden grid-cols-[minmax(0,1fr)_8rem_12rem_1.75rem] gap-2 text-xs text-ink-faint sm:grid"
      >
        <span>{t('upstreams.targets.url')}</span>
        <span>{t('upstreams.targets.weight')}</span>
        <span>{t('upstreams.targets.connection')}</span>
      </div>
      {targets.map((target, index) => (
        // A target is its place until it has an address.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index}>
          <div className="grid items-center gap-2 max-sm:rounded-md max-sm:border max-sm:p-3 sm:grid-cols-[minmax(0,1fr)_8rem_12rem_1.75rem]">
            <Cell label={t('upstreams.targets.url')}>
              <Input
                mono
                aria-label={t('upstreams.targets.url')}
                placeholder="https://orders.internal:8443"
                value={target.url}
                onChange={(event) => set(index, { url: event.target.value.trim() })}
              />
            </Cell>
            <Cell label={t('upstreams.targets.weight')}>
              <NumberInput
                className="w-14!"
                label={t('upstreams.targets.weight')}
                value={target.weight}
                placeholder="1"
                unit={target.weight === 0 ? t('upstreams.targets.drained') : percent(target.weight ?? 1, sum)}
                onChange={(weight) => set(index, { weight })}
              />
            </Cell>
            <Cell label={t('upstreams.targets.connection')}>
              <Combobox
                label={t('upstreams.targets.connection')}
                placeholder={t('upstreams.targets.sameConnection')}
                choices={(connections.data ?? []).map(({ name, spec }) => ({
                  value: name,
                  label: name,
                  hint: spec.origin,
                }))}
                value={target.connection ?? null}
                onChange={(connection) => set(index, { connection: connection ?? undefined })}
              />
            </Cell>
            <IconButton
              size="sm"
              label={t('upstreams.targets.remove', { url: target.url })}
              disabled={targets.length === 1}
              onClick={() => change(targets.filter((_, at) => at !== index))}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
          <RowErrors path={`targets[${index}]`} />
        </div>
      ))}
      <RowErrors path="targets" />
      <div>
        <Button
          size="sm"
          disabled={targets.length >= 64}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => change([...targets, { url: '' } as Target])}
        >
          {t('upstreams.targets.add')}
        </Button>
      </div>
    </div>
  );
}

/** A field with its label, which stands above all of its column where there is room for columns. */
function Cell({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <span aria-hidden className="mb-1 block text-xs text-ink-soft sm:hidden">
        {label}
      </span>
      {children}
    </div>
  );
}
