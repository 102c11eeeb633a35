import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api/client';
import { fieldErrors } from '../api/problem';
import { AnswerView } from '../calls/AnswerView';
import { t } from '../messages/messages';
import type { Api } from '../resources/resource';
import { useCan, useTokenRights } from '../session/session';
import { maskedToken, nameOf } from '../tokens/actions';
import { Button } from '../ui/Button';
import { Code } from '../ui/Code';
import { Combobox } from '../ui/Combobox';
import { Disclosure } from '../ui/Disclosure';
import { useDraft } from '../ui/draft';
import { Field, Input, Textarea } from '../ui/Field';
import { Select } from '../ui/Select';
import { ProblemNote } from '../ui/States';
import { callPath, filledPath, parametersOf, type RouteSpec } from './address';
import { Decision } from './Decision';
import { curlCommand, headersOf, type TryRequest, tryCall } from './try-call';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Chosen for a path that is no route's; no route has this name. */
const other = '*';

interface Typed {
  method: string;
  path: string;
  values: Record<string, string>;
  query: string;
  headers: string;
  body: string;
  token: string | null;
  address: string;
  origin: string;
}

/** A call to the api, put together from a route, and what Keyward would decide about it. */
export function TryTab({ team, api }: { team: string; api: Api }) {
  const can = useCan();
  const rights = useTokenRights();
  const navigate = useNavigate();
  const { route: chosen } = useSearch({ from: '/inside/teams/$team/apis/$name' });
  const routes = (api.spec.routes ?? []) as RouteSpec[];
  const route = chosen === other ? undefined : (routes.find(({ name }) => name === chosen) ?? routes[0]);
  const [typed, setTyped] = useDraft<Typed>(`try/${team}/${api.name}`, () => ({
    method: 'GET',
    path: '/',
    values: {},
    query: '',
    headers: api.spec.version_in === 'header' ? `Accept-Version: ${api.spec.version}` : '',
    body: '',
    token: null,
    address: '',
    origin: '',
  }));
  const set = (next: Partial<Typed>) => setTyped((before) => ({ ...before, ...next }));
  const [tokenText, setTokenText] = useState('');
  const tokens = useQuery({
    queryKey: ['tokens', team, 'toTry'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/teams/{team}/tokens', {
        path: { team },
        query: { status: 'active', limit: 500 },
        signal,
      }),
    enabled: can('keyward:tokens.read'),
    staleTime: 60_000,
  });

  const method =
    route && !route.methods.includes(typed.method as never) ? (route.methods[0] ?? 'GET') : typed.method;
  const behind = route ? filledPath(route.path, typed.values) : typed.path;
  const query = typed.query.replace(/^\?/, '');
  const token = tokens.data ? typed.token : tokenText || null;
  const mine = tokens.data?.items.some(({ id, app }) => id === token && rights.of(app));
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  const request: TryRequest = {
    method,
    path: `${callPath(api.spec)}${behind.startsWith('/') ? '' : '/'}${behind}${query && `?${query}`}`,
    headers: headersOf(typed.headers),
    body: hasBody && typed.body ? typed.body : undefined,
    token: token ?? undefined,
    address: typed.address,
    origin: typed.origin,
  };
  const attempt = useMutation({ mutationFn: (what: TryRequest) => tryCall(team, what) });
  const real = useMutation({
    mutationFn: (what: TryRequest) =>
      call('post', '/api/v1/teams/{team}/test-calls', {
        path: { team },
        body: {
          method: what.method,
          path: what.path,
          headers: Object.fromEntries(what.headers),
          body: what.body,
          like: what.token,
        },
      }),
  });
  const { byField, others } = fieldErrors(attempt.error, ['method', 'path', 'token', 'address', 'origin']);
  const asked = JSON.stringify(attempt.variables) === JSON.stringify(request);

  return (
    <div className="grid gap-x-12 gap-y-8 xl:grid-cols-[minmax(0,32rem)_minmax(0,1fr)]">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate(request);
        }}
      >
        <Field label={t('apis.try.route')}>
          <Combobox
            choices={[
              ...routes.map((one) => ({
                value: one.name,
                label: `${one.methods.join(' ')} ${one.path}`,
                hint: one.description || one.name,
              })),
              { value: other, label: t('apis.try.route.any') },
            ]}
            value={route?.name ?? other}
            onChange={(name) => {
              const next = routes.find((one) => one.name === name);
              if (next) set({ method: next.methods[0], values: {} });
              void navigate({
                to: '.',
                search: (before) => ({ ...before, route: name ?? other }),
                replace: true,
              });
            }}
          />
        </Field>
        <div className="flex gap-2">
          <Field label={t('apis.try.method')} errors={byField.method} className="w-28 shrink-0">
            <Select
              value={method}
              onChange={(next) => set({ method: next })}
              choices={(route ? route.methods : methods).map((value) => ({ value, label: value }))}
            />
          </Field>
          <Field label={t('apis.try.path')} errors={byField.path} className="min-w-0 flex-1">
            <div dir="ltr" className="flex items-center gap-1.5">
              <span className="max-w-2/5 shrink-0 truncate font-mono text-sm text-ink-faint">
                {callPath(api.spec)}
              </span>
              <Input
                mono
                readOnly={Boolean(route)}
                className={route ? 'bg-sunken!' : undefined}
                value={route ? behind : typed.path}
                onChange={(event) => set({ path: event.target.value })}
              />
            </div>
          </Field>
        </div>
        {route && parametersOf(route.path).length > 0 && (
          <div className="grid gap-3 sm:grid-cols-2">
            {parametersOf(route.path).map(({ name, kind }) => (
              <Field key={name} label={t('apis.try.parameter', { name })} hint={kind}>
                <Input
                  mono
                  value={typed.values[name] ?? ''}
                  onChange={(event) => set({ values: { ...typed.values, [name]: event.target.value } })}
                />
              </Field>
            ))}
          </div>
        )}
        <Field label={t('apis.try.query')} optional>
          <Input
            mono
            placeholder="status=open&limit=10"
            value={typed.query}
            onChange={(event) => set({ query: event.target.value })}
          />
        </Field>
        <Field label={t('apis.try.token')} hint={t('apis.try.token.hint')} errors={byField.token}>
          {tokens.data ? (
            <Combobox
              choices={tokens.data.items.map((one) => ({
                value: one.id,
                label: nameOf(one),
                hint: `${maskedToken(one)} · ${(one.scopes ?? []).join(', ')}`,
              }))}
              value={typed.token}
              onChange={(next) => set({ token: next })}
            />
          ) : (
            <Input mono value={tokenText} onChange={(event) => setTokenText(event.target.value.trim())} />
          )}
        </Field>
        <Field label={t('apis.try.headers')} hint={t('apis.try.headers.hint')} optional>
          <Textarea
            mono
            rows={2}
            value={typed.headers}
            placeholder="Accept: application/json"
            onChange={(event) => set({ headers: event.target.value })}
          />
        </Field>
        {hasBody && (
          <Field label={t('apis.try.body')} optional>
            <Textarea
              mono
              rows={5}
              value={typed.body}
              onChange={(event) => set({ body: event.target.value })}
            />
          </Field>
        )}
        <Disclosure
          title={t('apis.try.more')}
          errors={attempt.error}
          startOpen={typed.address !== '' || typed.origin !== ''}
        >
          <div className="grid gap-4 pb-2 sm:grid-cols-2">
            <Field label={t('apis.try.address')} errors={byField.address} optional>
              <Input
                mono
                placeholder="203.0.113.7"
                value={typed.address}
                onChange={(event) => set({ address: event.target.value.trim() })}
              />
            </Field>
            <Field label={t('apis.try.origin')} errors={byField.origin} optional>
              <Input
                mono
                placeholder="https://shop.example"
                value={typed.origin}
                onChange={(event) => set({ origin: event.target.value.trim() })}
              />
            </Field>
          </div>
        </Disclosure>
        {attempt.isError && (others.length > 0 || Object.keys(byField).length === 0) && (
          <ProblemNote error={attempt.error} />
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" tone="primary" busy={attempt.isPending}>
            {t('apis.try.send')}
          </Button>
          {tokens.data && rights.any && (
            <Button busy={real.isPending} disabled={!mine} onClick={() => real.mutate(request)}>
              {t('apis.try.make')}
            </Button>
          )}
        </div>
        <ProblemNote error={real.error} />
      </form>
      <div className="flex min-w-0 flex-col gap-6" aria-live="polite">
        {real.data && (
          <section>
            <h2 className="mb-2 text-sm font-semibold">{t('apis.try.answer')}</h2>
            <AnswerView answer={real.data.answer} />
          </section>
        )}
        {attempt.data ? (
          <Decision explanation={attempt.data.explanation} stale={!asked} />
        ) : (
          <p className="text-sm text-ink-faint">{t('apis.try.nothing')}</p>
        )}
        <section>
          <h2 className="mb-2 text-sm font-semibold">{t('apis.try.curl')}</h2>
          <Code text={curlCommand(request)} what={t('apis.try.command')} />
          <p className="mt-1.5 text-sm text-ink-faint">{t('apis.try.curl.hint')}</p>
        </section>
      </div>
    </div>
  );
}
