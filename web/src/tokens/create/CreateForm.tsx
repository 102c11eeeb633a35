import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Eye, LayoutDashboard, Server, SlidersHorizontal, Workflow } from 'lucide-react';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { call, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { ChoiceCards } from '../../ui/Choices';
import { Combobox } from '../../ui/Combobox';
import { useDraft, useUnloadGuard } from '../../ui/draft';
import { Field, focusFirstInvalid, Input } from '../../ui/Field';
import { ProblemNote } from '../../ui/States';
import { useNow, useZone } from '../../ui/Time';
import { ExpiryFields } from './ExpiryFields';
import {
  apiFields,
  bodyOf,
  emptyForm,
  expiryOf,
  lifetimeOf,
  problemsOf,
  type TokenForm,
  templates,
  withTemplate,
} from './form';
import { LimitFields } from './LimitFields';
import { Part } from './Part';
import { PermissionGrid } from './PermissionGrid';
import { resourcesOf, stillEntitled } from './permissions';
import { RestrictionFields } from './RestrictionFields';
import { Summary } from './Summary';

const icons = {
  read: <Eye className="size-4 text-ink-faint" aria-hidden />,
  ci: <Workflow className="size-4 text-ink-faint" aria-hidden />,
  server: <Server className="size-4 text-ink-faint" aria-hidden />,
  widget: <LayoutDashboard className="size-4 text-ink-faint" aria-hidden />,
  custom: <SlidersHorizontal className="size-4 text-ink-faint" aria-hidden />,
};

interface CreateFormProps {
  team: Schemas['Team'];
  apps: readonly Schemas['App'][];
  apis: readonly Schemas['Api'][];
  onIssued: (issued: Schemas['IssuedBody']) => void;
}

export function CreateForm({ team, apps, apis, onIssued }: CreateFormProps) {
  const zone = useZone();
  const now = useNow();
  const client = useQueryClient();
  const first = (): TokenForm => ({
    ...emptyForm(),
    app: apps.length === 1 ? (apps[0]?.name ?? null) : null,
  });
  const [form, setForm, discard] = useDraft(`tokens/new/${team.id}`, first);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const attempt = useRef<{ asked: string; key: string; body: Schemas['CreateToken'] }>(undefined);
  const [lost, setLost] = useState<string>();
  const set = (next: Partial<TokenForm>) => setForm((before) => ({ ...before, ...next }));
  const touched = JSON.stringify(form) !== JSON.stringify(first());
  useUnloadGuard(touched);

  const app = apps.find((one) => one.name === form.app);
  const resources = useMemo(() => resourcesOf(app?.spec.scopes ?? [], apis), [app, apis]);
  const rules = team.spec.tokens;
  const expires = expiryOf(form, rules, zone, now);
  const problems = problemsOf(form, expires, now);
  const body = bodyOf(form, expires, zone);
  const { byField, others } = fieldErrors(error, apiFields);

  function chooseApp(name: string | null) {
    const next = resourcesOf(apps.find((one) => one.name === name)?.spec.scopes ?? [], apis);
    setForm((before) => {
      const after = { ...before, app: name };
      if (before.template === 'custom') return { ...after, scopes: stillEntitled(before.scopes, next) };
      return { ...after, scopes: withTemplate(after, before.template, next).scopes };
    });
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (busy || problems.size > 0) {
      focusFirstInvalid();
      return;
    }
    setBusy(true);
    setError(undefined);
    // The moment at which it ends moves on while one looks. What is asked for again after a failure does not, so that
    // Keyward sees that it is the same.
    const asked = JSON.stringify({ ...body, expires_at: form.expiry + form.date });
    if (attempt.current?.asked !== asked) attempt.current = { asked, key: randomKey(), body };
    try {
      const issued = await call('post', '/api/v1/teams/{team}/tokens', {
        path: { team: team.name },
        body: attempt.current.body,
        headers: { 'Idempotency-Key': attempt.current.key },
      });
      discard();
      if (issued.secret === null) setLost(issued.token.id);
      else onIssued(issued);
      void client.invalidateQueries({ queryKey: ['tokens', team.name] });
    } catch (caught) {
      setError(caught);
      focusFirstInvalid();
    } finally {
      setBusy(false);
    }
  }

  const required = (name: 'name' | 'app') =>
    tried && problems.has(name) ? [t(`tokens.new.required.${name}`)] : [];

  return (
    <form
      onSubmit={(event) => void submit(event)}
      noValidate
      className="grid gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div className="flex min-w-0 flex-col gap-8">
        <Part title={t('tokens.new.template')}>
          <ChoiceCards
            label={t('tokens.new.template')}
            value={form.template}
            onChange={(template) => setForm((before) => withTemplate(before, template, resources))}
            className="grid-cols-2 sm:grid-cols-3 xl:grid-cols-5"
            choices={templates.map((template) => ({
              value: template,
              label: t(`tokens.template.${template}`),
              text: t(`tokens.template.${template}.text`),
              icon: icons[template],
            }))}
          />
        </Part>
        <Part title={t('tokens.new.what')}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t('tokens.new.name')} errors={[...required('name'), ...(byField.name ?? [])]}>
              <Input
                value={form.name}
                maxLength={200}
                placeholder={t('tokens.new.name.placeholder')}
                onChange={(event) => set({ name: event.target.value })}
              />
            </Field>
            <Field
              label={t('tokens.new.app')}
              hint={t('tokens.new.app.hint')}
              errors={[...required('app'), ...(byField.app ?? [])]}
            >
              <Combobox
                value={form.app}
                onChange={chooseApp}
                placeholder={t('tokens.new.app.choose')}
                choices={apps.map((one) => ({
                  value: one.name,
                  label: one.spec.title || one.name,
                  hint: one.spec.title ? one.name : undefined,
                }))}
              />
            </Field>
            <Field
              label={t('tokens.new.place')}
              hint={t('tokens.new.place.hint')}
              errors={byField.description}
              optional
              className="sm:col-span-2"
            >
              <Input
                value={form.place}
                placeholder={t('tokens.new.place.placeholder')}
                onChange={(event) => set({ place: event.target.value })}
              />
            </Field>
          </div>
        </Part>
        <Part title={t('tokens.new.permissions')} text={t('tokens.new.permissions.text')}>
          <PermissionGrid
            resources={resources}
            hasApp={app !== undefined}
            scopes={form.scopes}
            onChange={(scopes) => set({ scopes })}
            errors={byField.scopes}
          />
        </Part>
        <Part title={t('tokens.new.expiry')} text={t('tokens.new.expiry.text')}>
          <ExpiryFields
            form={form}
            onChange={set}
            rules={rules}
            expires={expires}
            tried={tried}
            errors={byField.expires_at}
          />
        </Part>
        <Part title={t('tokens.new.restrictions')} text={t('tokens.new.restrictions.text')}>
          <RestrictionFields form={form} onChange={set} apis={apis} byField={byField} problems={problems} />
        </Part>
        <Part title={t('tokens.new.limits')} text={t('tokens.limits.text')}>
          <LimitFields form={form} onChange={set} problems={problems} errors={byField.limits} />
        </Part>
      </div>
      <aside className="min-w-0">
        <div className="flex flex-col gap-4 lg:sticky lg:top-16">
          <Summary team={team} body={body} app={app} expires={expires} lifetime={lifetimeOf(form, rules)} />
          {error !== undefined && others.length === 0 && Object.keys(byField).length === 0 && (
            <ProblemNote error={error} />
          )}
          {others.length > 0 && <ProblemNote error={error} />}
          {lost && (
            <p role="alert" className="rounded-md bg-warning-soft px-3 py-2 text-sm text-warning">
              {t('tokens.new.lost')}{' '}
              <Link
                to="/teams/$team/tokens/$token"
                params={{ team: team.name, token: lost }}
                className="font-medium underline"
              >
                {t('tokens.action.open')}
              </Link>
            </p>
          )}
          <div className="flex gap-2">
            <Button type="submit" tone="primary" busy={busy} className="flex-1">
              {t('tokens.new.submit')}
            </Button>
            {touched && (
              <Button
                tone="quiet"
                onClick={() => {
                  discard();
                  setTried(false);
                  setError(undefined);
                }}
              >
                {t('tokens.new.discard')}
              </Button>
            )}
          </div>
        </div>
      </aside>
    </form>
  );
}

/** `crypto.randomUUID` is not there on pages without TLS. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
