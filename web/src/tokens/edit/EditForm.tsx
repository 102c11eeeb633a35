import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useMemo, useState } from 'react';
import type { Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { dateAndTime } from '../../format/time';
import { t } from '../../messages/messages';
import { useShortcut } from '../../shell/shortcuts';
import { Field, focusFirstInvalid, Input } from '../../ui/Field';
import { ProblemNote } from '../../ui/States';
import { useNow, useZone } from '../../ui/Time';
import { toast } from '../../ui/toast';
import { nameOf } from '../actions';
import { ExpiryFields } from '../create/ExpiryFields';
import { apiFields, problemsOf } from '../create/form';
import { Part } from '../create/Part';
import { PermissionGrid } from '../create/PermissionGrid';
import { resourcesOf } from '../create/permissions';
import { RestrictionFields } from '../create/RestrictionFields';
import type { Token } from '../queries';
import { Changes } from './Changes';
import { Conflict } from './Conflict';
import { changesOf } from './changes';
import { withHeld } from './form';
import { LimitsField } from './LimitsField';
import { SaveActions } from './SaveActions';
import { useEdit } from './use-edit';

interface EditFormProps {
  team: Schemas['Team'];
  token: Token;
  app?: Schemas['App'];
  apis: readonly Schemas['Api'][];
}

/** All that can be changed of a token, and beside it what saving would change. */
export function EditForm({ team, token, app, apis }: EditFormProps) {
  const zone = useZone();
  const now = useNow();
  const navigate = useNavigate();
  const part = useLocation({ select: ({ hash }) => hash });
  const rules = team.spec.tokens;
  const edit = useEdit(token, { team: team.name, app: app?.name ?? token.app, zone, now, rules });
  const { form, set, base, after, expires, error } = edit;
  const [tried, setTried] = useState(false);
  const resources = useMemo(
    () => withHeld(resourcesOf(app?.spec.scopes ?? [], apis), base.scopes),
    [app, apis, base.scopes],
  );
  const changes = changesOf(base, after, zone);
  const problems = problemsOf(form, expires, now);
  // An end that is left alone may be over by now: then nothing can be saved anyway, and the API says so.
  if (form.expiry === 'keep') problems.delete('datePast');
  const { byField, others } = fieldErrors(error, [...apiFields, 'reason']);
  const page = { to: '/teams/$team/tokens/$token', params: { team: team.name, token: token.id } } as const;

  // Who comes from a tab of the token comes for that part.
  useEffect(() => {
    if (part) document.getElementById(part)?.scrollIntoView();
  }, [part]);

  async function submit() {
    setTried(true);
    if (problems.size > 0) {
      focusFirstInvalid();
      return;
    }
    if (changes.length === 0) return;
    if (await edit.save()) {
      toast({ title: t('tokens.edit.saved', { name: after.name || nameOf(token) }) });
      await navigate(page);
    } else focusFirstInvalid();
  }
  function discard() {
    edit.discard();
    setTried(false);
  }
  useShortcut('mod+s', () => void submit(), {
    label: t('tokens.edit.save'),
    group: t('shell.shortcuts.here'),
  });

  return (
    <>
      <form
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void submit();
        }}
        className="grid gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]"
      >
        <div className="flex min-w-0 flex-col gap-8">
          <Part title={t('tokens.new.what')}>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field
                label={t('tokens.new.name')}
                errors={[
                  ...(tried && problems.has('name') ? [t('tokens.new.required.name')] : []),
                  ...(byField.name ?? []),
                ]}
              >
                <Input
                  autoFocus={part === ''}
                  value={form.name}
                  maxLength={200}
                  onChange={(event) => set({ name: event.target.value })}
                />
              </Field>
              <Field label={t('tokens.new.place')} errors={byField.description} optional>
                <Input
                  value={form.place}
                  placeholder={t('tokens.new.place.placeholder')}
                  onChange={(event) => set({ place: event.target.value })}
                />
              </Field>
            </div>
          </Part>
          <Part id="scopes" title={t('tokens.new.permissions')} text={t('tokens.new.permissions.text')}>
            <PermissionGrid
              resources={resources}
              hasApp
              scopes={form.scopes}
              onChange={(scopes) => set({ scopes })}
              errors={byField.scopes}
            />
          </Part>
          <Part id="expiry" title={t('tokens.new.expiry')} text={t('tokens.new.expiry.text')}>
            {token.successor ? (
              <p className="text-sm text-ink-soft">
                {token.expires_at &&
                  t('tokens.expiry.ends', { when: dateAndTime(new Date(token.expires_at), zone), zone })}{' '}
                {t('tokens.edit.rotating')}{' '}
                <Link
                  to="/teams/$team/tokens/$token/rotate"
                  params={page.params}
                  className="font-medium text-accent-ink hover:underline"
                >
                  {t('tokens.banner.rotating.open')}
                </Link>
              </p>
            ) : (
              <ExpiryFields
                form={form}
                onChange={set}
                rules={rules}
                expires={expires}
                tried={tried}
                keep
                errors={byField.expires_at}
              />
            )}
          </Part>
          <Part
            id="restrictions"
            title={t('tokens.new.restrictions')}
            text={t('tokens.new.restrictions.text')}
          >
            <RestrictionFields form={form} onChange={set} apis={apis} byField={byField} problems={problems} />
          </Part>
          <Part id="limits" title={t('tokens.new.limits')} text={t('tokens.limits.text')}>
            <LimitsField form={form} onChange={set} problems={problems} errors={byField.limits} />
          </Part>
        </div>
        <aside className="min-w-0">
          <div className="flex flex-col gap-4 lg:sticky lg:top-16">
            <Changes changes={changes} />
            <Field
              label={t('tokens.edit.reason')}
              hint={t('tokens.revoke.reason.hint')}
              errors={byField.reason}
              optional
            >
              <Input
                value={form.reason}
                maxLength={500}
                onChange={(event) => set({ reason: event.target.value })}
              />
            </Field>
            {error !== undefined && (others.length > 0 || Object.keys(byField).length === 0) && (
              <ProblemNote error={error} />
            )}
            <SaveActions
              busy={edit.busy}
              ready={changes.length > 0}
              back={page}
              onDiscard={edit.touched ? discard : undefined}
            />
          </div>
        </aside>
      </form>
      {edit.theirs && (
        <Conflict
          base={base}
          mine={after}
          theirs={edit.theirs}
          onTogether={edit.rebase}
          onTheirs={edit.takeTheirs}
          onClose={edit.closeConflict}
        />
      )}
    </>
  );
}
