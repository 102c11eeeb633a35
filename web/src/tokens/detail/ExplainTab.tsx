import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ExplanationView } from '../../calls/ExplanationView';
import { isAddressRange } from '../../format/addresses';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { Field, Input } from '../../ui/Field';
import { Select } from '../../ui/Select';
import { Bone, ErrorState } from '../../ui/States';
import { methods } from '../create/form';
import { explainQuery, type Token } from '../queries';
import type { TokenSearch } from '../search';

interface ExplainTabProps {
  team: string;
  token: Token;
  search: TokenSearch;
}

/** What would happen to a call. The call is in the address, so that the answer can be shown to somebody else. */
export function ExplainTab({ team, token, search }: ExplainTabProps) {
  const navigate = useNavigate();
  const [method, setMethod] = useState(search.method ?? 'GET');
  const [path, setPath] = useState(search.path ?? '');
  const [address, setAddress] = useState(search.address ?? '');
  const [origin, setOrigin] = useState(search.origin ?? '');
  const [tried, setTried] = useState(false);
  const asked = search.path
    ? { method: search.method ?? 'GET', path: search.path, address: search.address, origin: search.origin }
    : undefined;
  const explanation = useQuery({
    ...explainQuery(team, token.id, asked ?? { method: '', path: '' }),
    enabled: asked !== undefined,
  });
  const pathWrong = !path.startsWith('/');
  const addressWrong = address.trim() !== '' && (!isAddressRange(address.trim()) || address.includes('/'));

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (pathWrong || addressWrong) return;
    const next = { method, path, address: address.trim() || undefined, origin: origin.trim() || undefined };
    if (asked && JSON.stringify(next) === JSON.stringify(asked)) void explanation.refetch();
    else void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  }

  return (
    <div className="max-w-4xl">
      <p className="mb-4 text-sm text-ink-soft">{t('tokens.explain.text')}</p>
      <form
        onSubmit={submit}
        className="grid items-start gap-3 sm:grid-cols-[7rem_minmax(0,1fr)_11rem_13rem]"
      >
        <Field label={t('tokens.explain.method')}>
          <Select<string>
            value={method}
            onChange={setMethod}
            choices={methods.map((value) => ({ value, label: value }))}
          />
        </Field>
        <Field
          label={t('tokens.explain.path')}
          errors={tried && pathWrong ? [t('tokens.explain.path.wrong')] : []}
        >
          <Input
            mono
            value={path}
            placeholder={t('tokens.explain.path.placeholder')}
            onChange={(event) => setPath(event.target.value)}
          />
        </Field>
        <Field
          label={t('tokens.explain.address')}
          errors={addressWrong ? [t('tokens.explain.address.wrong')] : []}
        >
          <Input
            mono
            value={address}
            placeholder="127.0.0.1"
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
        <Field label={t('tokens.explain.origin')}>
          <Input
            mono
            value={origin}
            placeholder="https://shop.example"
            onChange={(event) => setOrigin(event.target.value)}
          />
        </Field>
        <div className="sm:col-span-full">
          <Button type="submit" tone="primary" busy={explanation.isFetching}>
            {t('tokens.explain.run')}
          </Button>
        </div>
      </form>
      <div className="mt-6" aria-live="polite">
        {explanation.isPending && asked && <Bone className="h-80 w-full" />}
        {explanation.isError && (
          <ErrorState error={explanation.error} onRetry={() => void explanation.refetch()} className="py-6" />
        )}
        {explanation.data && <ExplanationView explanation={explanation.data} />}
      </div>
    </div>
  );
}
