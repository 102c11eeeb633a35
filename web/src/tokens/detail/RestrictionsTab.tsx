import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client';
import { fieldErrors, ProblemError } from '../../api/problem';
import { apisQuery } from '../../apis/queries';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Dialog';
import { useLeaveGuard } from '../../ui/draft';
import { Facts } from '../../ui/Page';
import { ProblemNote } from '../../ui/States';
import { toast } from '../../ui/toast';
import { nameOf } from '../actions';
import { emptyForm, problemsOf, type TokenForm } from '../create/form';
import { RestrictionFields } from '../create/RestrictionFields';
import { limitLines } from '../limits';
import type { Token } from '../queries';
import { restrictionLines } from '../restrictions';
import { editedRestrictions, formOf } from './restriction-form';

const fields = ['apis', 'methods', 'allow_addresses', 'deny_addresses', 'origins', 'time_windows'].map(
  (name) => `restrictions.${name}`,
);

interface RestrictionsTabProps {
  team: string;
  token: Token;
  mayWrite: boolean;
}

/** Where, when and with what the token works: to read, and to change for those who may. */
export function RestrictionsTab({ team, token, mayWrite }: RestrictionsTabProps) {
  const client = useQueryClient();
  const apis = useQuery(apisQuery(team));
  const original = { ...emptyForm(), ...formOf(token.restrictions ?? {}) };
  const [form, setForm] = useState<TokenForm>(original);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const changed = JSON.stringify(form) !== JSON.stringify(original);
  const guard = useLeaveGuard(changed && !busy);
  const limits = limitLines(token.limits ?? {});

  if (!mayWrite) {
    return (
      <div className="max-w-3xl">
        <Facts
          items={[
            ...restrictionLines(token.restrictions ?? {}),
            [t('tokens.fact.limits'), limits.length > 0 ? limits.join('; ') : t('tokens.fact.noLimits')],
          ]}
        />
      </div>
    );
  }

  const problems = problemsOf({ ...form, name: 'x', app: 'x' }, null, 0);
  const { byField, others } = fieldErrors(error, fields);
  const conflict = error instanceof ProblemError && error.code === 'precondition_failed';

  async function save() {
    setBusy(true);
    setError(undefined);
    try {
      await call('patch', '/api/v1/teams/{team}/tokens/{id}', {
        path: { team, id: token.id },
        body: { restrictions: editedRestrictions(token.restrictions ?? {}, form) },
        headers: { 'If-Match': `"${token.version}"` },
      });
      toast({ title: t('tokens.edit.saved', { name: nameOf(token) }) });
      await client.invalidateQueries({ queryKey: ['tokens', team] });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="max-w-3xl">
      <RestrictionFields
        form={form}
        onChange={(next) => setForm((before) => ({ ...before, ...next }))}
        apis={apis.data ?? []}
        byField={byField}
        problems={problems}
      />
      <p className="mt-5 text-sm text-ink-soft">
        {t('tokens.fact.limits')}: {limits.length > 0 ? limits.join('; ') : t('tokens.fact.noLimits')}
      </p>
      {conflict ? (
        <p
          role="alert"
          className="mt-4 flex flex-wrap items-center gap-3 rounded-md bg-warning-soft px-3 py-2 text-sm text-warning"
        >
          {t('tokens.edit.conflict')}
          <Button size="sm" onClick={() => void client.invalidateQueries({ queryKey: ['tokens', team] })}>
            {t('tokens.edit.reload')}
          </Button>
        </p>
      ) : (
        (others.length > 0 || (error !== undefined && Object.keys(byField).length === 0)) && (
          <ProblemNote error={error} className="mt-4" />
        )
      )}
      <div className="mt-5 flex gap-2">
        <Button
          tone="primary"
          busy={busy}
          disabled={!changed || problems.size > 0}
          onClick={() => void save()}
        >
          {t('tokens.edit.save')}
        </Button>
        {changed && (
          <Button tone="quiet" onClick={() => setForm(original)}>
            {t('tokens.edit.discard')}
          </Button>
        )}
      </div>
      <Confirm
        open={guard.asking}
        title={t('ui.leave.title')}
        text={t('ui.leave.text')}
        cancel={t('ui.leave.stay')}
        onCancel={guard.stay}
        confirm={
          <Button tone="danger" onClick={guard.leave}>
            {t('ui.leave.leave')}
          </Button>
        }
      />
    </div>
  );
}
